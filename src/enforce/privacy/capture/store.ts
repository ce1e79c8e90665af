import type { ExpressionBuilder, SqlBool, Expression } from 'kysely';
import type { CapturedTable, Database, Store } from '../../../store/index.ts';

export type CapturedRow = Readonly<CapturedTable>;
export type CapturedHead = Omit<CapturedRow, 'sealed'>;

const heads = ['id', 'key_id', 'entry_id', 'route', 'at', 'expires_at', 'bytes'] as const;

export async function insertCaptured({ db }: Store, rows: readonly CapturedRow[]): Promise<void> {
  await db.transaction().execute(async (change) => {
    for (const row of rows)
      await change
        .insertInto('captured')
        .values(row)
        // A batch that was written and not acknowledged comes again.
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
  });
}

export interface CapturedFilter {
  readonly keyId?: string | undefined;
  readonly route?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Ids sort in the order of capture. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export function readCapturedHeads({ db }: Store, filter: CapturedFilter): Promise<readonly CapturedHead[]> {
  const { keyId, route, since, until, after, limit } = filter;
  let query = db.selectFrom('captured').select(heads).orderBy('id').limit(limit);
  if (keyId !== undefined) query = query.where('key_id', '=', keyId);
  if (route !== undefined) query = query.where('route', '=', route);
  if (since !== undefined) query = query.where('at', '>=', since);
  if (until !== undefined) query = query.where('at', '<', until);
  if (after !== undefined) query = query.where('id', '>', after);
  return query.execute();
}

export function findCaptured({ db }: Store, id: string): Promise<CapturedRow | undefined> {
  return db.selectFrom('captured').selectAll().where('id', '=', id).executeTakeFirst();
}

export interface CapturedSum {
  readonly count: number;
  readonly bytes: number;
  readonly firstAt: number | undefined;
  readonly lastAt: number | undefined;
}

/** Of one key, or of all. */
export async function sumCaptured({ db }: Store, keyId?: string): Promise<CapturedSum> {
  let query = db
    .selectFrom('captured')
    .select(({ fn }) => [
      fn.countAll<number>().as('count'),
      fn.sum<string | number | null>('bytes').as('bytes'),
      fn.min('at').as('first'),
      fn.max('at').as('last'),
    ]);
  if (keyId !== undefined) query = query.where('key_id', '=', keyId);
  const { count, bytes, first, last } = await query.executeTakeFirstOrThrow();
  return {
    count,
    bytes: Number(bytes ?? 0),
    firstAt: first ?? undefined,
    lastAt: last ?? undefined,
  };
}

export async function deleteCapturedOf({ db }: Store, keyId: string): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('captured').where('key_id', '=', keyId).executeTakeFirst();
  return Number(numDeletedRows);
}

/** What is past its end: its own, or the one the policy of now gives its route. */
export interface CapturedEnds {
  readonly now: number;
  /** For a route, when what it captured must have been captured to stay. */
  readonly bornAfter: (route: string) => number;
  /** Keys whose content a legal hold keeps. */
  readonly except: readonly string[];
}

/** The one condition by which captured content is counted, deleted, and no longer needs its key. */
const isEnded =
  ({ now, bornAfter, except }: CapturedEnds, route: string) =>
  (where: ExpressionBuilder<Database, 'captured'>): Expression<SqlBool> =>
    where.and([
      where.or([where('expires_at', '<=', now), where('at', '<=', bornAfter(route))]),
      ...(except.length > 0 ? [where('key_id', 'not in', except)] : []),
    ]);

async function routesOf({ db }: Store): Promise<readonly string[]> {
  const rows = await db.selectFrom('captured').select('route').distinct().execute();
  return rows.map(({ route }) => route);
}

export async function countEnded(
  store: Store,
  ends: CapturedEnds,
): Promise<{ count: number; oldestAt?: number }> {
  let count = 0;
  let oldestAt = Number.POSITIVE_INFINITY;
  for (const route of await routesOf(store)) {
    const row = await store.db
      .selectFrom('captured')
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('at').as('oldest')])
      .where('route', '=', route)
      .where(isEnded(ends, route))
      .executeTakeFirstOrThrow();
    count += row.count;
    oldestAt = Math.min(oldestAt, row.oldest ?? Number.POSITIVE_INFINITY);
  }
  return { count, ...(count > 0 && { oldestAt }) };
}

export async function deleteEnded(store: Store, ends: CapturedEnds): Promise<number> {
  let deleted = 0;
  for (const route of await routesOf(store)) {
    const { numDeletedRows } = await store.db
      .deleteFrom('captured')
      .where('route', '=', route)
      .where(isEnded(ends, route))
      .executeTakeFirst();
    deleted += Number(numDeletedRows);
  }
  return deleted;
}

/** Keys that seal something; with `after` that will still seal something when what is past its end is deleted. */
export async function keysInUse(store: Store, after?: CapturedEnds): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const route of await routesOf(store)) {
    let query = store.db.selectFrom('captured').select('key_id').distinct().where('route', '=', route);
    if (after) query = query.where((where) => where.not(isEnded(after, route)(where)));
    for (const { key_id: id } of await query.execute()) found.add(id);
  }
  return found;
}
