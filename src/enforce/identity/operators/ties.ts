import type { Operator } from './operator.ts';
import type { TieRow } from './store.ts';

/** `created` and `key`: the maker saw a key of the other. `roles` and `enabled`: the maker gave it rights, and can still not act as it. */
export type TieKind = 'created' | 'key' | 'roles' | 'enabled';

const showsKey: ReadonlySet<string> = new Set<TieKind>(['created', 'key']);

/** An operator and, where another one issued the key in use, that one. */
export type Acting = Pick<Operator, 'id' | 'issuedBy'>;

/** Which operator had a hand in which other. A tie is never taken away: who once saw a key may have used it. */
export interface OperatorTies {
  add(row: TieRow): void;
  drop(id: string): void;
  /**
   * Whether two operators can be taken for two people. They cannot where one made the other, gave it a key or rights, also over operators in between;
   * nor where a third one saw keys of both, or of operators that made them. The owner of the data folder makes nobody dependent: the account
   * the server runs as can do everything anyway.
   */
  areIndependent(one: Acting, other: Acting): boolean;
}

export function createOperatorTies(loaded: readonly TieRow[]): OperatorTies {
  const rows = new Map<string, TieRow>();
  const makersOf = new Map<string, TieRow[]>();
  const add = (row: TieRow): void => {
    rows.set(row.id, row);
    makersOf.set(row.made, [...(makersOf.get(row.made) ?? []), row]);
  };
  for (const row of loaded) add(row);

  /** The operator, who issued the key it uses, and everybody who made them, over ties that count. */
  function ancestry({ id, issuedBy }: Acting, counts: (row: TieRow) => boolean): Set<string> {
    const found = new Set([id, ...(issuedBy === undefined ? [] : [issuedBy])]);
    for (const member of found)
      for (const row of makersOf.get(member) ?? []) if (counts(row)) found.add(row.maker);
    return found;
  }

  return {
    add,
    drop(id) {
      const row = rows.get(id);
      if (!row) return;
      rows.delete(id);
      makersOf.set(
        row.made,
        (makersOf.get(row.made) ?? []).filter((tie) => tie.id !== id),
      );
    },
    areIndependent(one, other) {
      const any = () => true;
      if (ancestry(one, any).has(other.id) || ancestry(other, any).has(one.id)) return false;
      const sawKeys = (row: TieRow) => showsKey.has(row.kind);
      return ancestry(one, sawKeys).isDisjointFrom(ancestry(other, sawKeys));
    },
  };
}
