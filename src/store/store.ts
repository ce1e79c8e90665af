import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

export type StoreEngine = 'sqlite' | 'postgresql';

/** The state of Surety behind one Kysely schema, whichever engine is beneath. */
export interface Store {
  readonly engine: StoreEngine;
  readonly db: Kysely<Database>;
  close(): Promise<void>;
}
