import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGliteDialect } from 'kysely';
import { silentLog } from '../../src/kernel/index.ts';
import type { Store, StoreEngine } from '../../src/store/index.ts';
import { type Engine, openStoreOn } from '../../src/store/open.ts';
import { createSqliteDialect } from '../../src/store/sqlite/dialect.ts';
import { startPglite } from './pglite.ts';

/** An engine under test. Every store it opens is empty; `reopen` gives the same data again, as after a restart. */
export interface EngineUnderTest {
  readonly name: StoreEngine;
  openEmpty(): Promise<Store>;
  reopen(): Promise<Store>;
  end(): Promise<void>;
}

async function sqlite(): Promise<EngineUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'surety-store-'));
  let opened = 0;
  const engine = (): Engine => ({
    name: 'sqlite',
    dialect: createSqliteDialect(join(folder, `${opened}.db`)),
  });
  return {
    name: 'sqlite',
    openEmpty() {
      opened += 1;
      return openStoreOn(engine(), silentLog);
    },
    reopen: () => openStoreOn(engine(), silentLog),
    end: () => rm(folder, { recursive: true }),
  };
}

/** PGlite takes a second to start, so the instance is shared and only its schema is made anew. */
async function postgresql(): Promise<EngineUnderTest> {
  const pglite = await startPglite();
  /** Kysely closes what it is given; the instance must outlive each store. */
  const lent = new Proxy(pglite, {
    get(target, property) {
      if (property === 'close') return async () => {};
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const reopen = () =>
    openStoreOn({ name: 'postgresql', dialect: new PGliteDialect({ pglite: lent }) }, silentLog);
  return {
    name: 'postgresql',
    async openEmpty() {
      await pglite.exec('drop schema public cascade; create schema public');
      return reopen();
    },
    reopen,
    end: () => pglite.close(),
  };
}

export const engines: readonly (() => Promise<EngineUnderTest>)[] = [sqlite, postgresql];
