import type { Store } from '../store/index.ts';

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
  };
}
