import type { Expression, ExpressionBuilder, SqlBool, Transaction } from 'kysely';
import type { CasesTable, Database, Store } from '../../../store/index.ts';

export type CaseRow = Readonly<CasesTable>;
export type Change = Transaction<Database>;

export const openStates = ['open', 'verified'] as const;

export function readCases({ db }: Store): Promise<readonly CaseRow[]> {
  return db.selectFrom('cases').selectAll().orderBy('received_at').orderBy('id').execute();
}

export function readOpenCases({ db }: Store): Promise<readonly CaseRow[]> {
  return db.selectFrom('cases').selectAll().where('state', 'in', openStates).orderBy('due_at').execute();
}

export function readCasesOf({ db }: Store, subject: string): Promise<readonly CaseRow[]> {
  return db.selectFrom('cases').selectAll().where('subject', '=', subject).orderBy('received_at').execute();
}

export function findCase({ db }: Store, id: string): Promise<CaseRow | undefined> {
  return db.selectFrom('cases').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function insertCase(change: Change, row: CaseRow): Promise<void> {
  await change.insertInto('cases').values(row).execute();
}

/** Whether it was still as it was read: of two who change a case at once, one does. */
export async function changeCase(
  change: Change,
  from: Pick<CaseRow, 'id' | 'state'>,
  to: Partial<Omit<CaseRow, 'id'>>,
): Promise<boolean> {
  const { numUpdatedRows } = await change
    .updateTable('cases')
    .set(to)
    .where('id', '=', from.id)
    .where('state', '=', from.state)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** What people wrote about a subject goes with it; that there was a case, and how it ended, stays. */
export async function dropWords(change: Change, subject: string): Promise<void> {
  await change.updateTable('cases').set({ words: null }).where('subject', '=', subject).execute();
}

/** Cases that ended before a time, but those of subjects that a legal hold keeps. */
export interface EndedCases {
  readonly before: number;
  readonly except: readonly string[];
}

/** The one condition by which cases are counted, deleted, and no longer need the key of their subject. */
const isEnded =
  ({ before, except }: EndedCases) =>
  (where: ExpressionBuilder<Database, 'cases'>): Expression<SqlBool> =>
    where.and([
      where('ended_at', 'is not', null),
      where('ended_at', '<', before),
      ...(except.length > 0 ? [where('subject', 'not in', except)] : []),
    ]);

export async function countEndedCases(
  { db }: Store,
  ended: EndedCases,
): Promise<{ count: number; oldestAt: number | undefined }> {
  const row = await db
    .selectFrom('cases')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('ended_at').as('oldest')])
    .where(isEnded(ended))
    .executeTakeFirstOrThrow();
  return { count: row.count, oldestAt: row.oldest ?? undefined };
}

export async function deleteEndedCases({ db }: Store, ended: EndedCases): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('cases').where(isEnded(ended)).executeTakeFirst();
  return Number(numDeletedRows);
}

/** Subjects that have a case; with `after` that will still have one when those that ended are deleted. */
export async function subjectsWithCases({ db }: Store, after?: EndedCases): Promise<ReadonlySet<string>> {
  let query = db.selectFrom('cases').select('subject').distinct();
  if (after) query = query.where((where) => where.not(isEnded(after)(where)));
  const rows = await query.execute();
  return new Set(rows.map(({ subject }) => subject));
}
