import { type Dialect, Kysely } from 'kysely';
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
  try {
    await migrate({ db, engine: engine.name });
  } catch (thrown) {
    await db.destroy();
    throw thrown;
  }
  return { engine: engine.name, db, close: () => db.destroy() };
}

/** Opens the SQLite file, which is made when it is missing. */
export function openStore({ file, log }: { file: string; log: Log }): Promise<Store> {
  return openStoreOn({ name: 'sqlite', dialect: createSqliteDialect(file) }, log);
}
