import { z } from 'zod';
import { isRolling } from '../../kernel/index.ts';
import { alertsSchema, field, limitSetSchema, type PolicySection } from '../../policy/index.ts';

/**
 * Addresses are not in the ledger (only their pseudonyms are), so nothing could rebuild their day or month after a restart; and
 * before a caller is known there are no tokens to count.
 */
const addressLimitsSchema = z
  .strictObject({
    requests: limitSetSchema.shape.requests,
    concurrency: limitSetSchema.shape.concurrency,
  })
  .superRefine(({ requests }, context) => {
    if (requests.every(({ per }) => isRolling(per))) return;
    const message = 'addresses have rolling limits only; write per s, min or h';
    context.addIssue({ code: 'custom', path: ['requests'], message });
  })
  .transform((limits) => ({ ...limits, tokens: [], cost: [] }));

const priceSchema = z.strictObject({
  input: field.price().describe('Tokens of the request.'),
  output: field.price().describe('Tokens of the answer.'),
  cached: field.price().exactOptional().describe('Input tokens the service had cached. Default: as input.'),
  reasoning: field.price().exactOptional().describe('Output tokens spent on reasoning. Default: as output.'),
});

const outputTokens = z.int().min(1).max(10_000_000);
const defaultOutputTokens = 16_384;

const schema = z.strictObject({
  address: addressLimitsSchema
    .prefault({ requests: '1000/s' })
    .describe('For each caller address (IPv6: each /64), before the caller is known.'),
  key: limitSetSchema.prefault({}).describe('For each API key, beside the limits of its role.'),
  alerts: alertsSchema(
    'Shares of every budget (limit per day or month) at which somebody is told, before the hard stop.',
  ).prefault(['80%']),
  output: z
    .union([outputTokens, z.record(field.modelPattern(), outputTokens)])
    .default(defaultOutputTokens)
    .transform(
      (output): Readonly<Record<string, number>> =>
        typeof output === 'number' ? { '*': output } : { '*': defaultOutputTokens, ...output },
    )
    .describe(
      'The most output tokens of an answer whose caller names no maximum; a number, or one for each model. Under a limit of tokens or cost the service is told so, or less where less is left. Write what the model can make where that is less: services refuse more.',
    )
    .meta({ examples: [16384, { '*': 16384, 'gpt-4-turbo*': 4096 }] }),
  attachment: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(10_000)
    .describe(
      'Tokens reserved for each picture, sound or file of a call, and for each one that is asked for: only the service can count them. What it reports is charged.',
    ),
  prices: z
    .record(field.modelPattern(), priceSchema)
    .prefault({})
    .describe(
      'What a model costs; the exact name, else the longest beginning with *. Needed under a cost limit.',
    ),
});

export type LimitsSection = z.output<typeof schema>;

/** `limits:` of the policy. That every model under a cost limit has a price is checked where the models are known (`checkPrices`). */
export const limitsSection = { name: 'limits', schema } as const satisfies PolicySection<
  'limits',
  typeof schema
>;
