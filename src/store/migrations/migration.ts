import type { Kysely, RawBuilder } from 'kysely';
import type { Database } from '../schema.ts';

/** Where the two engines spell the portable subset differently. */
export interface EngineTypes {
  /** 64 bits in both. */
  readonly integer: 'integer' | 'bigint';
  /** What ends every CREATE TABLE: SQLite's STRICT, so that it checks types as PostgreSQL does. */
  readonly tableEnd: RawBuilder<unknown>;
}

/** One step of the schema. Once released it is never edited; a change is a new file with the next number. */
export interface Migration {
  readonly name: string;
  up(db: Kysely<Database>, types: EngineTypes): Promise<void>;
}
