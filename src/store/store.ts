import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

export type StoreEngine = 'sqlite' | 'postgresql';

/** The state of Surety behind one Kysely schema, whichever engine is beneath. */
export interface Store {
  readonly engine: StoreEngine;
  readonly db: Kysely<Database>;
  /**
   * Takes what is in the log of the engine into the database, where deleted rows are overwritten, and empties it: without that a row that was deleted can
   * still be read in the files. False where a reader holds the log; then it is to be tried again.
   */
  emptyLog(): Promise<boolean>;
  close(): Promise<void>;
}
