import type { Store, UsageTable } from '../../store/index.ts';

/** One row to add: the sums of some calls of a day. */
export type UsageSums = Readonly<UsageTable>;

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

/** Up to which entry of the ledger calls are counted. */
export async function readProgress({ db }: Pick<Store, 'db'>): Promise<number> {
  const progress = await db
    .selectFrom('usage_progress')
    .select('next_index')
    .where('name', '=', progressName)
    .executeTakeFirst();
  return progress?.next_index ?? 0;
}

/**
 * Adds sums of calls that stand before `next_index` in the ledger, and moves the progress there in the same transaction. Where it stands
 * there already they were added before, and only the answer was lost.
 */
export function addUsage(store: Store, rows: readonly UsageSums[], next_index: number): Promise<void> {
  return store.db.transaction().execute(async (transaction) => {
    if ((await readProgress({ db: transaction })) >= next_index) return;
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
    await transaction
      .insertInto('usage_progress')
      .values({ name: progressName, next_index })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ next_index }))
      .execute();
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
