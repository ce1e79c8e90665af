import type { ExpressionBuilder } from 'kysely';
import type { Database, Store } from '../store/index.ts';

/** Where each subscription stands. */
export interface Cursors {
  /** 0 for a name never seen. */
  load(name: string): Promise<number>;
  save(name: string, nextIndex: number): Promise<void>;
}

export function createCursors({ db }: Pick<Store, 'db'>): Cursors {
  return {
    async load(name) {
      const row = await db
        .selectFrom('cursors')
        .select('next_index')
        .where('name', '=', name)
        .executeTakeFirst();
      return row?.next_index ?? 0;
    },
    async save(name, nextIndex) {
      await db
        .insertInto('cursors')
        .values({ name, next_index: nextIndex })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ next_index: nextIndex }))
        .execute();
    },
  };
}

/** A pseudonym and what it stands for, sealed. */
export interface SealedPseudonym {
  readonly pseudonym: string;
  readonly kind: string;
  readonly sealed: string;
  readonly createdAt: number;
}

/** The meaning of pseudonyms, kept apart from the ledger so that it can be destroyed. */
export interface PseudonymStore {
  /** Those known already are left as they are. */
  remember(pseudonyms: readonly SealedPseudonym[]): Promise<void>;
  find(pseudonym: string): Promise<SealedPseudonym | undefined>;
  /** Destroys a meaning for good: an empty row stays, so that it cannot come back. Whether there was any meaning. */
  erase(pseudonym: string, erasedAt: number): Promise<boolean>;
  /** Deletes meanings kept since before a time; what was erased stays erased. */
  forget(before: number): Promise<number>;
}

/** For whoever seals meanings: to seal them anew under another key. */
export interface SealedMeanings {
  /** Rows whose sealed text begins so; rows without a dot where it is empty. */
  beginningWith(prefix: string, limit: number): Promise<readonly SealedPseudonym[]>;
  /** Only where the row still is as it was read. */
  reseal(row: SealedPseudonym, sealed: string): Promise<void>;
  /** The beginnings of so many characters that occur. */
  beginnings(characters: number): Promise<ReadonlySet<string>>;
  /** Meanings kept since before a time. */
  older(before: number): Promise<{ readonly count: number; readonly oldestAt: number | undefined }>;
}

export function createPseudonymStore({ db }: Pick<Store, 'db'>): PseudonymStore {
  return {
    async remember(pseudonyms) {
      if (pseudonyms.length === 0) return;
      const rows = pseudonyms.map(({ createdAt, ...row }) => ({ ...row, created_at: createdAt }));
      await db
        .insertInto('pseudonyms')
        .values(rows)
        .onConflict((conflict) => conflict.column('pseudonym').doNothing())
        .execute();
    },
    async find(pseudonym) {
      const row = await db
        .selectFrom('pseudonyms')
        .selectAll()
        .where('pseudonym', '=', pseudonym)
        .executeTakeFirst();
      return (
        row && { pseudonym: row.pseudonym, kind: row.kind, sealed: row.sealed, createdAt: row.created_at }
      );
    },
    async erase(pseudonym, erasedAt) {
      const { numDeletedRows } = await db
        .deleteFrom('pseudonyms')
        .where('pseudonym', '=', pseudonym)
        .where('sealed', '!=', '')
        .executeTakeFirst();
      await db
        .insertInto('pseudonyms')
        .values({ pseudonym, kind: 'erased', sealed: '', created_at: erasedAt })
        .onConflict((conflict) => conflict.column('pseudonym').doNothing())
        .execute();
      return numDeletedRows > 0n;
    },
    async forget(before) {
      const { numDeletedRows } = await db
        .deleteFrom('pseudonyms')
        .where('created_at', '<', before)
        .where('sealed', '!=', '')
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

export function createSealedMeanings({ db }: Pick<Store, 'db'>): SealedMeanings {
  return {
    async beginningWith(prefix, limit) {
      const query = db
        .selectFrom('pseudonyms')
        .selectAll()
        .where('sealed', '!=', '')
        .where((row) =>
          prefix === ''
            ? row('sealed', 'not like', '%.%')
            : row(firstCharacters(row, prefix.length), '=', prefix),
        );
      const rows = await query.orderBy('pseudonym').limit(limit).execute();
      return rows.map(({ created_at: createdAt, ...row }) => ({ ...row, createdAt }));
    },
    async reseal({ pseudonym, sealed: before }, sealed) {
      await db
        .updateTable('pseudonyms')
        .set({ sealed })
        .where('pseudonym', '=', pseudonym)
        .where('sealed', '=', before)
        .execute();
    },
    async beginnings(characters) {
      const rows = await db
        .selectFrom('pseudonyms')
        .select((row) => firstCharacters(row, characters).as('beginning'))
        .where('sealed', '!=', '')
        .distinct()
        .execute();
      return new Set(rows.map(({ beginning }) => beginning));
    },
    async older(before) {
      const row = await db
        .selectFrom('pseudonyms')
        .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('created_at').as('oldest')])
        .where('created_at', '<', before)
        .where('sealed', '!=', '')
        .executeTakeFirstOrThrow();
      return { count: row.count, oldestAt: row.oldest ?? undefined };
    },
  };
}

/** In the text of the statement and not a parameter: PostgreSQL would not know its type. */
function firstCharacters({ fn, lit }: ExpressionBuilder<Database, 'pseudonyms'>, characters: number) {
  return fn<string>('substr', ['sealed', lit(1), lit(characters)]);
}
