import { type Dialect, Kysely, sql } from 'kysely';
import type { Log } from '../kernel/index.ts';
import { withExactIntegers } from './exact-integers.ts';
import { migrate } from './migrations/run.ts';
import type { Database } from './schema.ts';
import { createSqliteDialect } from './sqlite/dialect.ts';
import type { Store, StoreEngine } from './store.ts';

/** The seam between Surety and an engine: a Kysely dialect and its name. */
export interface Engine {
  readonly name: StoreEngine;
  readonly dialect: Dialect;
}

/** Opens a store on an engine and brings its schema up to date. Closed again when that fails. */
export async function openStoreOn(engine: Engine, log: Log): Promise<Store> {
  const db = new Kysely<Database>({
    dialect: withExactIntegers(engine.dialect),
    // The query and its parameters are not logged: they carry key hashes and names.
    log: (event) => {
      if (event.level === 'error') log.debug('store query failed', { engine: engine.name });
    },
  });
  const emptyLog = () => emptyLogOf(db, engine.name);
  try {
    await migrate({ db, engine: engine.name });
    // What was deleted before a crash is in the files until then.
    await emptyLog();
  } catch (thrown) {
    await db.destroy();
    throw thrown;
  }
  return { engine: engine.name, db, emptyLog, close: () => db.destroy() };
}

/** PostgreSQL recycles its log by itself, out of our reach: the documents say so. */
async function emptyLogOf(db: Kysely<Database>, engine: StoreEngine): Promise<boolean> {
  if (engine !== 'sqlite') return true;
  const { rows } = await sql<{ busy: number }>`PRAGMA wal_checkpoint(TRUNCATE)`.execute(db);
  return rows[0]?.busy === 0;
}

/** Opens the SQLite file, which is made when it is missing. */
export function openStore({ file, log }: { file: string; log: Log }): Promise<Store> {
  return openStoreOn({ name: 'sqlite', dialect: createSqliteDialect(file) }, log);
}
