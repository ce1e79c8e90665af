import type { Store } from '../../../store/index.ts';

/** What usage can be grouped by and filtered on. */
export const usageDimensions = [
  'day',
  'month',
  'team',
  'key',
  'role',
  'route',
  'operation',
  'model',
] as const;
export type UsageDimension = (typeof usageDimensions)[number];

export interface UsageQuery {
  /** Each once; none: one sum of all. */
  readonly by: readonly UsageDimension[];
  /** UTC days, `2026-01-31`, both included. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly where: Readonly<Partial<Record<UsageDimension, string>>>;
  readonly limit: number;
  /** The group the page before ended with: its values, in the order of `by`. */
  readonly after?: readonly string[] | undefined;
}

/** The sums of one group. Empty values are written as they were recorded: no team, no model. */
export interface UsageGroup {
  readonly values: readonly string[];
  readonly requests: number;
  /** Of the requests: whose tokens the gate estimated. */
  readonly estimated: number;
  /** Of the requests: whose end was lost; what they had reserved is counted. */
  readonly unknown: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Exact, in US dollars: `12.345678901`. */
  readonly costUsd: string;
}

export interface UsageReport {
  readonly groups: readonly UsageGroup[];
  readonly more: boolean;
  /** False where calls that have ended are not counted yet. */
  readonly complete: boolean;
}

const nanoPerUsd = 1_000_000_000n;

/** Sums may pass what a number holds exactly (9 million dollars in nano-dollars); so they are told as a decimal text. */
export function exactUsd(usd: number, nanoUsd: number): string {
  const nano = BigInt(usd) * nanoPerUsd + BigInt(nanoUsd);
  const fraction = (nano % nanoPerUsd).toString().padStart(9, '0');
  return `${nano / nanoPerUsd}.${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, '')}`;
}

export async function readReport(store: Store, query: UsageQuery): Promise<Omit<UsageReport, 'complete'>> {
  // Read when a report is asked for: the policy's format needs this room's names and none of its queries.
  const { readGroups } = await import('./store.ts');
  const rows = await readGroups(store, { ...query, limit: query.limit + 1 });
  const groups = rows.slice(0, query.limit).map(
    (row): UsageGroup => ({
      values: query.by.map((dimension) => row[dimension] ?? ''),
      requests: row.requests,
      estimated: row.estimated,
      unknown: row.unknown,
      inputTokens: row.input_tokens,
      cachedInputTokens: row.cached_input_tokens,
      outputTokens: row.output_tokens,
      reasoningTokens: row.reasoning_tokens,
      costUsd: exactUsd(row.usd, row.nano_usd),
    }),
  );
  return { groups, more: rows.length > query.limit };
}
