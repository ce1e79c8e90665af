import { z } from 'zod';
import { Fault } from '../../kernel/index.ts';
import { timestamp } from './fields.ts';
import { apiRoute } from './route.ts';

/** What the canary measured of one kind of revocation. Times in milliseconds; `measuredAt` is Unix milliseconds. */
export interface RevocationFigures {
  readonly kind: string;
  readonly lastMs: number;
  /** Within the last hour. */
  readonly worstMs: number;
  /** Since the server started. */
  readonly count: number;
  /** How many of them were over the bound, or could not be measured. */
  readonly late: number;
  readonly measuredAt: number;
}

export const showRevocation = apiRoute({
  method: 'GET',
  path: '/api/revocation',
  summary:
    'How long a revocation takes until it is in force everywhere and streams are cut, as measured all the time.',
  permission: 'read system',
  input: z.strictObject({}),
  output: z.object({
    boundMs: z.number().describe('What is promised.'),
    kept: z.boolean().describe('Whether every newest measurement is within it.'),
    measured: z.array(
      z.object({
        kind: z.string(),
        lastMs: z.number(),
        worstMs: z.number().describe('Within the last hour.'),
        count: z.int().describe('Measurements since the server started.'),
        late: z.int().describe('Those over the bound, or that failed.'),
        measuredAt: z.iso.datetime(),
      }),
    ),
  }),
  async handle(_input, { services }) {
    const revocation = services.revocation?.();
    if (!revocation)
      throw new Fault('api.conflict', { detail: 'It is measured while a server runs, and none does.' });
    const { boundMs, figures } = revocation;
    return {
      boundMs,
      kept: figures.length > 0 && figures.every(({ lastMs }) => lastMs <= boundMs),
      measured: figures.map((one) => ({
        ...one,
        lastMs: rounded(one.lastMs),
        worstMs: rounded(one.worstMs),
        measuredAt: timestamp(one.measuredAt),
      })),
    };
  },
});

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
