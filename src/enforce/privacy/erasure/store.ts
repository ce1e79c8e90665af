import type { Transaction } from 'kysely';
import type { Database, ErasuresTable, Store } from '../../../store/index.ts';

export type ErasureRow = Readonly<ErasuresTable>;

export async function insertErasure({ db }: Store, row: ErasureRow): Promise<void> {
  await db.insertInto('erasures').values(row).execute();
}

export function readErasures({ db }: Store): Promise<readonly ErasureRow[]> {
  return db.selectFrom('erasures').selectAll().orderBy('begun_at').orderBy('id').execute();
}

export function readBegunErasures({ db }: Store): Promise<readonly ErasureRow[]> {
  return db.selectFrom('erasures').selectAll().where('state', '=', 'begun').execute();
}

/** Subjects whose erasure was begun, and those whose keys are destroyed. */
export async function readErased(
  store: Store,
): Promise<{ readonly begun: ReadonlySet<string>; readonly done: ReadonlySet<string> }> {
  const rows = await store.db.selectFrom('erasures').select(['subject', 'state']).execute();
  const of = (state: string) => new Set(rows.flatMap((row) => (row.state === state ? row.subject : [])));
  return { begun: of('begun'), done: of('done') };
}

export function findErasure({ db }: Store, id: string): Promise<ErasureRow | undefined> {
  return db.selectFrom('erasures').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function setDone(
  change: Transaction<Database>,
  id: string,
  done: { readonly done_at: number; readonly entry_id: string },
): Promise<void> {
  await change
    .updateTable('erasures')
    .set({ ...done, state: 'done' })
    .where('id', '=', id)
    .execute();
}

export async function countDone(
  { db }: Store,
  before: number,
): Promise<{ count: number; oldestAt: number | undefined }> {
  const row = await db
    .selectFrom('erasures')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('done_at').as('oldest')])
    .where('done_at', '<', before)
    .executeTakeFirstOrThrow();
  return { count: row.count, oldestAt: row.oldest ?? undefined };
}

export async function deleteDone({ db }: Store, before: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('erasures').where('done_at', '<', before).executeTakeFirst();
  return Number(numDeletedRows);
}
