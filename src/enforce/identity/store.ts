import type { ExpressionBuilder, Transaction } from 'kysely';
import type {
  ApiKeysTable,
  Database,
  IssuerKeysTable,
  Store,
  TokenRevocationsTable,
  WithdrawalsTable,
} from '../../store/index.ts';

export type KeyRow = Readonly<ApiKeysTable>;
export type RevocationRow = Readonly<TokenRevocationsTable>;
export type WithdrawalRow = Readonly<WithdrawalsTable>;

export function readKeys({ db }: Store): Promise<readonly KeyRow[]> {
  return db.selectFrom('api_keys').selectAll().orderBy('created_at').orderBy('id').execute();
}

export function findKey(db: Store['db'], id: string): Promise<KeyRow | undefined> {
  return db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function insertKey(transaction: Transaction<Database>, row: KeyRow): Promise<void> {
  await transaction.insertInto('api_keys').values(row).execute();
}

/** Changes the end of a key that still has the end it was read with: what another change set meanwhile stays. */
export async function changeExpiry(
  transaction: Transaction<Database>,
  from: KeyRow,
  expiresAt: number,
): Promise<void> {
  await transaction
    .updateTable('api_keys')
    .set({ expires_at: expiresAt })
    .where('id', '=', from.id)
    .where('expires_at', '=', from.expires_at)
    .execute();
}

/** Whether the key had the role it was to be moved from. */
export async function setRole(
  transaction: Transaction<Database>,
  id: string,
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('api_keys')
    .set({ role: to })
    .where('id', '=', id)
    .where('role', '=', from)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function setRevoked(
  transaction: Transaction<Database>,
  id: string,
  revokedAt: number,
): Promise<void> {
  await transaction.updateTable('api_keys').set({ revoked_at: revokedAt }).where('id', '=', id).execute();
}

export async function deleteKey(transaction: Transaction<Database>, id: string): Promise<void> {
  await transaction.deleteFrom('api_keys').where('id', '=', id).execute();
}

/** All in one transaction, so one fsync; a time is never set back. */
export async function setLastUsed({ db }: Store, times: Iterable<readonly [string, number]>): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (const [id, usedAt] of times) {
      await transaction
        .updateTable('api_keys')
        .set({ last_used_at: usedAt })
        .where('id', '=', id)
        .where(({ or, eb }) => or([eb('last_used_at', 'is', null), eb('last_used_at', '<', usedAt)]))
        .execute();
    }
  });
}

export function readRevocations({ db }: Store): Promise<readonly RevocationRow[]> {
  return db.selectFrom('token_revocations').selectAll().orderBy('created_at').orderBy('id').execute();
}

export function findRevocation(db: Store['db'], id: string): Promise<RevocationRow | undefined> {
  return db.selectFrom('token_revocations').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function countRevocations(db: Store['db']): Promise<number> {
  const row = await db
    .selectFrom('token_revocations')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirst();
  return row?.count ?? 0;
}

export async function insertRevocation(
  transaction: Transaction<Database>,
  row: RevocationRow,
): Promise<void> {
  await transaction.insertInto('token_revocations').values(row).execute();
}

export async function deleteRevocation(transaction: Transaction<Database>, id: string): Promise<void> {
  await transaction.deleteFrom('token_revocations').where('id', '=', id).execute();
}

export function readWithdrawals({ db }: Store): Promise<readonly WithdrawalRow[]> {
  return db.selectFrom('withdrawals').selectAll().orderBy('created_at').orderBy('id').execute();
}

export function findWithdrawal(db: Store['db'], id: string): Promise<WithdrawalRow | undefined> {
  return db.selectFrom('withdrawals').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Of a role or a team; there is one at most. */
export function findWithdrawalOf(
  db: Store['db'],
  { kind, name }: Pick<WithdrawalRow, 'kind' | 'name'>,
): Promise<WithdrawalRow | undefined> {
  return db
    .selectFrom('withdrawals')
    .selectAll()
    .where('kind', '=', kind)
    .where('name', '=', name)
    .executeTakeFirst();
}

export async function insertWithdrawal(
  transaction: Transaction<Database>,
  row: WithdrawalRow,
): Promise<void> {
  await transaction.insertInto('withdrawals').values(row).execute();
}

export async function deleteWithdrawal(transaction: Transaction<Database>, id: string): Promise<void> {
  await transaction.deleteFrom('withdrawals').where('id', '=', id).execute();
}

const ofTokensThatEnd = (where: ExpressionBuilder<Database, 'token_revocations'>) =>
  where.or([where('token_id', 'is not', null), where('issued_before', 'is not', null)]);

/**
 * Of single tokens, and of those issued before a time: tokens so old have ended by themselves. Who is revoked as a subject stays so until somebody restores
 * it.
 */
export async function countOldRevocations(
  { db }: Store,
  before: number,
): Promise<{ count: number; oldestAt: number | undefined }> {
  const row = await db
    .selectFrom('token_revocations')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('created_at').as('oldest')])
    .where('created_at', '<', before)
    .where(ofTokensThatEnd)
    .executeTakeFirstOrThrow();
  return { count: row.count, oldestAt: row.oldest ?? undefined };
}

export async function dropOldRevocations({ db }: Store, before: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('token_revocations')
    .where('created_at', '<', before)
    .where(ofTokensThatEnd)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

export function findIssuerKeys({ db }: Store, place: string): Promise<Readonly<IssuerKeysTable> | undefined> {
  return db.selectFrom('issuer_keys').selectAll().where('place', '=', place).executeTakeFirst();
}

export async function putIssuerKeys({ db }: Store, row: Readonly<IssuerKeysTable>): Promise<void> {
  const { key_set, fetched_at } = row;
  await db
    .insertInto('issuer_keys')
    .values(row)
    .onConflict((conflict) => conflict.column('place').doUpdateSet({ key_set, fetched_at }))
    .execute();
}
