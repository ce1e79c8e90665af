import { type Kysely, sql } from 'kysely';
import { Fault } from '../../kernel/index.ts';
import type { Database } from '../schema.ts';
import type { StoreEngine } from '../store.ts';
import { first } from './0001-first.ts';
import { tokens } from './0002-tokens.ts';
import { operators } from './0003-operators.ts';
import { usage } from './0004-usage.ts';
import { reviews } from './0005-reviews.ts';
import { withdrawals } from './0006-withdrawals.ts';
import { gathering } from './0007-gathering.ts';
import { keeping } from './0008-keeping.ts';
import { ties } from './0009-ties.ts';
import { installation } from './0010-installation.ts';
import type { EngineTypes, Migration } from './migration.ts';

/** In the order they are applied. */
export const migrations: readonly Migration[] = [
  first,
  tokens,
  operators,
  usage,
  reviews,
  withdrawals,
  gathering,
  keeping,
  ties,
  installation,
];

const engineTypes: Readonly<Record<StoreEngine, EngineTypes>> = {
  sqlite: { integer: 'integer', tableEnd: sql`strict` },
  postgresql: { integer: 'bigint', tableEnd: sql`` },
};

// A type alias, not an interface: Kysely asks for an index signature.
type WithMigrations = { migrations: { name: string } };

export interface MigrationRun {
  readonly db: Kysely<Database>;
  readonly engine: StoreEngine;
  readonly steps?: readonly Migration[];
}

/**
 * Brings the schema up to date in one transaction, so that a crash leaves either the old one or the new one. A database that
 * holds a step this version does not know was written by a newer one: Fault `data.newer`, nothing touched.
 */
export async function migrate({ db, engine, steps = migrations }: MigrationRun): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const types = engineTypes[engine];
    const bookkeeping = transaction.withTables<WithMigrations>();
    await bookkeeping.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('name', 'text', (column) => column.primaryKey().notNull())
      .modifyEnd(types.tableEnd)
      .execute();
    const rows = await bookkeeping.selectFrom('migrations').select('name').execute();
    const applied = new Set(rows.map(({ name }) => name));
    const unknown = [...applied].filter((name) => !steps.some((step) => step.name === name)).sort();
    if (unknown.length > 0) {
      throw new Fault('data.newer', { detail: `Its database has the step ${unknown[0]}, unknown here.` });
    }
    for (const step of steps) {
      if (applied.has(step.name)) continue;
      await step.up(transaction, types);
      await bookkeeping.insertInto('migrations').values({ name: step.name }).execute();
    }
  });
}
