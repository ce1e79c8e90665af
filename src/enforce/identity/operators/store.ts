import type { Transaction } from 'kysely';
import type {
  Database,
  OperatorKeysTable,
  OperatorRequestsTable,
  OperatorSessionsTable,
  OperatorsTable,
  OperatorTiesTable,
  Store,
} from '../../../store/index.ts';

export type OperatorRow = Readonly<OperatorsTable>;
export type OperatorKeyRow = Readonly<OperatorKeysTable>;
export type SessionRow = Readonly<OperatorSessionsTable>;
export type RequestRow = Readonly<OperatorRequestsTable>;
export type TieRow = Readonly<OperatorTiesTable>;
export type Change = Transaction<Database>;

export function readOperators({ db }: Store): Promise<readonly OperatorRow[]> {
  return db.selectFrom('operators').selectAll().execute();
}

export function readOperatorKeys({ db }: Store): Promise<readonly OperatorKeyRow[]> {
  return db.selectFrom('operator_keys').selectAll().execute();
}

export function readOpenSessions({ db }: Store, now: number): Promise<readonly SessionRow[]> {
  return db
    .selectFrom('operator_sessions')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .execute();
}

export function readTies({ db }: Store): Promise<readonly TieRow[]> {
  return db.selectFrom('operator_ties').selectAll().orderBy('at').execute();
}

export async function insertTies(change: Change, rows: readonly TieRow[]): Promise<void> {
  for (const row of rows) await change.insertInto('operator_ties').values(row).execute();
}

/** Of a change that was taken back before anybody saw anything of it. */
export async function deleteTies(change: Change, rows: readonly TieRow[]): Promise<void> {
  for (const { id } of rows) await change.deleteFrom('operator_ties').where('id', '=', id).execute();
}

export async function insertOperator(change: Change, row: OperatorRow): Promise<void> {
  await change.insertInto('operators').values(row).execute();
}

/** Only what is named: another change under way keeps what it set. */
export async function updateOperator(
  change: Change,
  id: string,
  to: Partial<Omit<OperatorRow, 'id'>>,
): Promise<void> {
  await change.updateTable('operators').set(to).where('id', '=', id).execute();
}

export async function insertOperatorKey(change: Change, row: OperatorKeyRow): Promise<void> {
  await change.insertInto('operator_keys').values(row).execute();
}

export async function setKeyRevoked(change: Change, id: string, at: number): Promise<void> {
  await change
    .updateTable('operator_keys')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .execute();
}

export async function insertSession(change: Change, row: SessionRow): Promise<void> {
  await change.insertInto('operator_sessions').values(row).execute();
}

export async function endSessions(change: Change, ids: readonly string[], at: number): Promise<void> {
  if (ids.length === 0) return;
  await change
    .updateTable('operator_sessions')
    .set({ ended_at: at })
    .where('id', 'in', ids)
    .where('ended_at', 'is', null)
    .execute();
}

/** Sessions that are over are of no use to anyone; the ledger tells of them. */
export async function dropOldSessions({ db }: Store, before: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('operator_sessions')
    .where('expires_at', '<', before)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

export async function setSeen({ db }: Store, times: ReadonlyMap<string, number>): Promise<void> {
  await db.transaction().execute(async (change) => {
    for (const [id, at] of times)
      await change.updateTable('operator_sessions').set({ seen_at: at }).where('id', '=', id).execute();
  });
}

export async function insertRequest(change: Change, row: RequestRow): Promise<void> {
  await change.insertInto('operator_requests').values(row).execute();
}

export function readRequests({ db }: Store): Promise<readonly RequestRow[]> {
  return db.selectFrom('operator_requests').selectAll().orderBy('asked_at').orderBy('id').execute();
}

export function findRequest(db: Store['db'], id: string): Promise<RequestRow | undefined> {
  return db.selectFrom('operator_requests').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Whether the request was in the state it is moved from: of two who move it at once, one does. */
export async function moveRequest(
  change: Change,
  from: Pick<RequestRow, 'id' | 'state'>,
  to: Partial<Omit<RequestRow, 'id'>>,
): Promise<boolean> {
  const result = await change
    .updateTable('operator_requests')
    .set(to)
    .where('id', '=', from.id)
    .where('state', '=', from.state)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Sessions that are over, since before a time. */
export async function countOldSessions({ db }: Store, before: number): Promise<Counted> {
  const row = await db
    .selectFrom('operator_sessions')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('expires_at').as('oldest')])
    .where('expires_at', '<', before)
    .executeTakeFirstOrThrow();
  return { count: row.count, oldestAt: row.oldest ?? undefined };
}

interface Counted {
  readonly count: number;
  readonly oldestAt: number | undefined;
}

/** Requests still under way are no past. */
const underWay = ['waiting', 'approved', 'running'] as const;

export async function countOldRequests({ db }: Store, before: number): Promise<Counted> {
  const row = await db
    .selectFrom('operator_requests')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('asked_at').as('oldest')])
    .where('asked_at', '<', before)
    .where('state', 'not in', underWay)
    .executeTakeFirstOrThrow();
  return { count: row.count, oldestAt: row.oldest ?? undefined };
}

export async function dropOldRequests({ db }: Store, before: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('operator_requests')
    .where('asked_at', '<', before)
    .where('state', 'not in', underWay)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
