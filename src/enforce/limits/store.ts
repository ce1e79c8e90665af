import type { Store, UsageTable } from '../../store/index.ts';

/** One row to add: the sums of some calls of a day. */
export type UsageSums = Readonly<UsageTable>;

export interface IndexedUsage {
  readonly index: number;
  readonly usage: UsageSums;
}

const progressName = 'usage';

export const usageKeys = ['day', 'key_id', 'role', 'team', 'route', 'operation', 'model'] as const;

export const usageCounts = [
  'requests',
  'estimated',
  'unknown',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nano_usd',
] as const;

const nothingUsed = {
  requests: 0,
  estimated: 0,
  unknown: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  cost_nano_usd: 0,
} satisfies Partial<UsageTable>;

type Sums = { -readonly [Name in keyof UsageTable]: UsageTable[Name] };

/**
 * One row for the calls of one day, key, role and so on. A batch holds thousands of calls and few rows, so they are added up in place; the
 * next call is most often of the same row as the last.
 */
function sumByRow(batch: readonly UsageSums[]): Iterable<Sums> {
  const rows = new Map<string, Sums>();
  let last: Sums | undefined;
  for (const usage of batch) {
    if (!last || !isSameRow(last, usage)) {
      const row = rowOf(usage);
      last = rows.get(row) ?? { ...usage, ...nothingUsed };
      rows.set(row, last);
    }
    addTo(last, usage);
  }
  return rows.values();
}

/** Spelt out, as `isSameRow` is: of names in a list V8 looks each up anew, for every call. */
function addTo(sums: Sums, usage: UsageSums): void {
  sums.requests += usage.requests;
  sums.estimated += usage.estimated;
  sums.unknown += usage.unknown;
  sums.input_tokens += usage.input_tokens;
  sums.cached_input_tokens += usage.cached_input_tokens;
  sums.output_tokens += usage.output_tokens;
  sums.reasoning_tokens += usage.reasoning_tokens;
  sums.cost_nano_usd += usage.cost_nano_usd;
}

function isSameRow(one: UsageSums, other: UsageSums): boolean {
  return (
    one.key_id === other.key_id &&
    one.model === other.model &&
    one.route === other.route &&
    one.operation === other.operation &&
    one.role === other.role &&
    one.team === other.team &&
    one.day === other.day
  );
}

/** With its length, since a model or a team may be called anything: no two rows read alike. */
function rowOf(usage: UsageSums): string {
  let row = '';
  for (const name of usageKeys) row += `${usage[name].length}:${usage[name]}`;
  return row;
}

/**
 * Adds the calls of a batch that ends before `nextIndex`, and moves the progress in the same transaction, so that a batch seen twice
 * is counted once. Resolves to what was added.
 */
export function addUsage(
  store: Store,
  batch: readonly IndexedUsage[],
  nextIndex: number,
): Promise<readonly UsageSums[]> {
  return store.db.transaction().execute(async (transaction) => {
    const progress = await transaction
      .selectFrom('usage_progress')
      .select('next_index')
      .where('name', '=', progressName)
      .executeTakeFirst();
    const from = progress?.next_index ?? 0;
    const rows = [...sumByRow(batch.filter(({ index }) => index >= from).map(({ usage }) => usage))];
    for (const row of rows) {
      await transaction
        .insertInto('usage')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .columns([...usageKeys])
            .doUpdateSet(({ eb, ref }) =>
              Object.fromEntries(
                usageCounts.map((name) => [name, eb(`usage.${name}`, '+', ref(`excluded.${name}`))]),
              ),
            ),
        )
        .execute();
    }
    const next_index = Math.max(from, nextIndex);
    await transaction
      .insertInto('usage_progress')
      .values({ name: progressName, next_index })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ next_index }))
      .execute();
    return rows;
  });
}

/** All sums from a day on; days are `2026-01-31`, which sort as text. */
export function readUsageSince(store: Store, day: string): Promise<readonly UsageSums[]> {
  return store.db.selectFrom('usage').selectAll().where('day', '>=', day).execute();
}

/** Sums of days before one. */
export async function countUsageBefore(
  { db }: Store,
  day: string,
): Promise<{ count: number; oldest: string | undefined }> {
  const row = await db
    .selectFrom('usage')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('day').as('oldest')])
    .where('day', '<', day)
    .executeTakeFirstOrThrow();
  return { count: row.count, oldest: row.oldest ?? undefined };
}

export async function dropUsageBefore({ db }: Store, day: string): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('usage').where('day', '<', day).executeTakeFirst();
  return Number(numDeletedRows);
}
