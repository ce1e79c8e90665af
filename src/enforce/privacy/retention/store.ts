import type { Transaction } from 'kysely';
import type { Database, LegalHoldsTable, Store } from '../../../store/index.ts';

export type HoldRow = Readonly<LegalHoldsTable>;

export function readHolds({ db }: Store): Promise<readonly HoldRow[]> {
  return db.selectFrom('legal_holds').selectAll().orderBy('held_at').orderBy('id').execute();
}

export async function insertHold(change: Transaction<Database>, row: HoldRow): Promise<void> {
  await change.insertInto('legal_holds').values(row).execute();
}

/** Whether it was held: of two who release it, one does. */
export async function setReleased(
  change: Transaction<Database>,
  id: string,
  by: { readonly released_by: string; readonly released_at: number },
): Promise<boolean> {
  const { numUpdatedRows } = await change
    .updateTable('legal_holds')
    .set(by)
    .where('id', '=', id)
    .where('released_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function countReleased(
  { db }: Store,
  before: number,
): Promise<{ count: number; oldestAt: number | undefined }> {
  const row = await db
    .selectFrom('legal_holds')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('released_at').as('oldest')])
    .where('released_at', '<', before)
    .executeTakeFirstOrThrow();
  return { count: row.count, oldestAt: row.oldest ?? undefined };
}

export async function deleteReleased({ db }: Store, before: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('legal_holds')
    .where('released_at', '<', before)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
