import type { Store, UsageTable } from '../../store/index.ts';

/** One row to add: the sums of some calls of a day. */
export type UsageSums = Readonly<UsageTable>;

export interface IndexedUsage {
  readonly index: number;
  readonly usage: UsageSums;
}

const progressName = 'usage';

function addTo(sums: Map<string, UsageSums>, usage: UsageSums): void {
  const { day, key_id, role, route, model } = usage;
  const key = JSON.stringify([day, key_id, role, route, model]);
  const known = sums.get(key);
  sums.set(key, {
    ...usage,
    requests: usage.requests + (known?.requests ?? 0),
    input_tokens: usage.input_tokens + (known?.input_tokens ?? 0),
    output_tokens: usage.output_tokens + (known?.output_tokens ?? 0),
    cost_nano_usd: usage.cost_nano_usd + (known?.cost_nano_usd ?? 0),
  });
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
    const sums = new Map<string, UsageSums>();
    for (const { index, usage } of batch) if (index >= from) addTo(sums, usage);
    const rows = [...sums.values()];
    for (const row of rows) {
      await transaction
        .insertInto('usage')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['day', 'key_id', 'role', 'route', 'model']).doUpdateSet(({ eb, ref }) => ({
            requests: eb('usage.requests', '+', ref('excluded.requests')),
            input_tokens: eb('usage.input_tokens', '+', ref('excluded.input_tokens')),
            output_tokens: eb('usage.output_tokens', '+', ref('excluded.output_tokens')),
            cost_nano_usd: eb('usage.cost_nano_usd', '+', ref('excluded.cost_nano_usd')),
          })),
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
