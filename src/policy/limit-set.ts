import { z } from 'zod';
import { field } from './fields.ts';

/**
 * One block of limits, `{ requests: 600/min, tokens: 200k/min }`. It stands in the sections of several rooms that may not import
 * each other (roles, routes, addresses), which is why its schema is here. Several rates of one measure all hold.
 */
export const limitSetSchema = z.strictObject({
  requests: field.rates().default([]).describe('Calls per time.'),
  tokens: field.rates().default([]).describe('Input and output tokens per time.'),
  cost: field.moneyRates().default([]).describe('Cost per time, from limits.prices.'),
  concurrency: z
    .int()
    .min(1)
    .max(1_000_000)
    .exactOptional()
    .describe('Calls at the same time. Default: no limit.'),
});

/** `alerts: [50%, 80%]`, beside a block of limits: shares, ascending. Beside several blocks it is about each of them. */
export const alertsSchema = (description: string) =>
  z
    .array(field.percentage())
    .max(8)
    .transform((shares) => [...new Set(shares)].sort((a, b) => a - b))
    .describe(description);
