import type { Transaction } from 'kysely';
import type { Database, ReviewPrincipalsTable, ReviewsTable, Store } from '../../../store/index.ts';

export type ReviewRow = Readonly<ReviewsTable>;
export type PrincipalRow = Readonly<ReviewPrincipalsTable>;

type Work = Transaction<Database>;

export function readReviews({ db }: Store): Promise<readonly ReviewRow[]> {
  return db.selectFrom('reviews').selectAll().orderBy('created_at').orderBy('id').execute();
}

export function findReview(db: Store['db'], id: string): Promise<ReviewRow | undefined> {
  return db.selectFrom('reviews').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function insertReview(work: Work, row: ReviewRow): Promise<void> {
  await work.insertInto('reviews').values(row).execute();
}

/** Only while it is open: a closed campaign never changes. Whether it was. */
export async function changeReview(work: Work, id: string, change: Partial<ReviewsTable>): Promise<boolean> {
  const { numUpdatedRows } = await work
    .updateTable('reviews')
    .set(change)
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export function readPrincipals(db: Store['db'], reviewId: string): Promise<readonly PrincipalRow[]> {
  return db
    .selectFrom('review_principals')
    .selectAll()
    .where('review_id', '=', reviewId)
    .orderBy('principal_id')
    .execute();
}

/** How each principal stands, without what it was granted and did. */
export function readStates(
  db: Store['db'],
  reviewId: string,
): Promise<readonly Pick<PrincipalRow, 'principal_id' | 'kind' | 'decision' | 'applied_at'>[]> {
  return db
    .selectFrom('review_principals')
    .select(['principal_id', 'kind', 'decision', 'applied_at'])
    .where('review_id', '=', reviewId)
    .execute();
}

export function findPrincipal(
  db: Store['db'],
  reviewId: string,
  principalId: string,
): Promise<PrincipalRow | undefined> {
  return db
    .selectFrom('review_principals')
    .selectAll()
    .where('review_id', '=', reviewId)
    .where('principal_id', '=', principalId)
    .executeTakeFirst();
}

/** New principals are added; of those that are there and undecided the snapshot is replaced. */
export async function putPrincipals(work: Work, rows: readonly PrincipalRow[]): Promise<void> {
  for (const row of rows) {
    await work
      .insertInto('review_principals')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['review_id', 'principal_id'])
          .doUpdateSet({ snapshot: row.snapshot, proposal: null })
          .where('review_principals.decision', 'is', null),
      )
      .execute();
  }
}

/** Where the row is still as it was read: two reviewers cannot decide over each other. Whether it was. */
export async function changePrincipal(
  work: Work,
  row: Pick<PrincipalRow, 'review_id' | 'principal_id' | 'decided_at'>,
  change: Partial<ReviewPrincipalsTable>,
): Promise<boolean> {
  const { numUpdatedRows } = await work
    .updateTable('review_principals')
    .set(change)
    .where('review_id', '=', row.review_id)
    .where('principal_id', '=', row.principal_id)
    .where('decided_at', row.decided_at === null ? 'is' : '=', row.decided_at)
    .where('applied_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Reviews closed before a time. */
export async function countOldReviews(
  { db }: Store,
  before: number,
): Promise<{ count: number; oldestAt: number | undefined }> {
  const row = await db
    .selectFrom('reviews')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('closed_at').as('oldest')])
    .where('closed_at', '<', before)
    .executeTakeFirstOrThrow();
  return { count: row.count, oldestAt: row.oldest ?? undefined };
}

/** With everybody in them. Those that are open stay, however old. */
export function dropOldReviews({ db }: Store, before: number): Promise<number> {
  return db.transaction().execute(async (change) => {
    const old = change.selectFrom('reviews').select('id').where('closed_at', '<', before);
    await change.deleteFrom('review_principals').where('review_id', 'in', old).execute();
    const { numDeletedRows } = await change
      .deleteFrom('reviews')
      .where('closed_at', '<', before)
      .executeTakeFirst();
    return Number(numDeletedRows);
  });
}
