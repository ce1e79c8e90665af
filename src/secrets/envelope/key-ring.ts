import type { KeyDescription } from './data-keys.ts';
import type { Slot } from './slot.ts';

/** Opened keys kept at most. The oldest are overwritten and dropped. */
const openedKeys = 1024;

/**
 * What is in memory of the key store: where each key stands, by id and by what it is found by, and the keys opened lately. Some 250 bytes a
 * key.
 */
export interface KeyRing {
  readonly size: number;
  /** Gives the id. */
  add(index: number, slot: Pick<Slot, 'id' | 'lookup' | 'purpose' | 'seenDay'>): string;
  get(id: string): number | undefined;
  find(lookup: Buffer): string | undefined;
  /** Forgets a key, and its opened form; `reuse: false` keeps its place from being taken until `free`. Whether there was one. */
  remove(id: string, reuse?: boolean): boolean;
  /** A place for a new key. */
  place(): number;
  free(index: number): void;
  /** A place that is not given to a new key until `free`. */
  reserve(index: number): void;
  idOf(slot: Pick<Slot, 'id' | 'purpose'>): string;
  list(): readonly KeyDescription[];
  remember(id: string, key: Buffer): void;
  keyOf(id: string): Buffer | undefined;
  /** Whether that is news. */
  seen(id: string, day: number): boolean;
  /** Places whose day changed since they were read. */
  takeSeen(): readonly (readonly [number, number])[];
  /** Overwrites every opened key. */
  forget(): void;
}

interface Known {
  readonly index: number;
  readonly lookup: string;
  readonly purpose: string;
  seenDay: number;
  changed: boolean;
}

export function createKeyRing(prefixes: Readonly<Record<string, string>>): KeyRing {
  const known = new Map<string, Known>();
  const byLookup = new Map<string, string>();
  const opened = new Map<string, Buffer>();
  const empty: number[] = [];
  let length = 0;

  const idOf: KeyRing['idOf'] = ({ id, purpose }) =>
    `${prefixes[purpose] ?? purpose}_${id.toString('base64url')}`;

  return {
    get size() {
      return known.size;
    },
    add(index, slot) {
      const id = idOf(slot);
      const lookup = slot.lookup.toString('base64url');
      const { purpose, seenDay } = slot;
      known.set(id, { index, lookup, purpose, seenDay, changed: false });
      byLookup.set(lookup, id);
      length = Math.max(length, index + 1);
      return id;
    },
    get: (id) => known.get(id)?.index,
    find: (lookup) => byLookup.get(lookup.toString('base64url')),
    remove(id, reuse = true) {
      const found = known.get(id);
      if (!found) return false;
      known.delete(id);
      if (byLookup.get(found.lookup) === id) byLookup.delete(found.lookup);
      opened.get(id)?.fill(0);
      opened.delete(id);
      if (reuse) empty.push(found.index);
      return true;
    },
    place: () => empty.pop() ?? length++,
    free(index) {
      empty.push(index);
      length = Math.max(length, index + 1);
    },
    reserve(index) {
      length = Math.max(length, index + 1);
    },
    idOf,
    list: () => [...known].map(([id, { purpose, seenDay }]) => ({ id, purpose, seenDay })),
    remember(id, key) {
      if (opened.has(id)) return;
      opened.set(id, key);
      if (opened.size <= openedKeys) return;
      const [oldest] = opened.keys();
      if (oldest === undefined) return;
      opened.get(oldest)?.fill(0);
      opened.delete(oldest);
    },
    keyOf: (id) => opened.get(id),
    seen(id, day) {
      const found = known.get(id);
      if (!found || found.seenDay >= day) return false;
      found.seenDay = day;
      found.changed = true;
      return true;
    },
    takeSeen() {
      const changed = [...known.values()].filter((one) => one.changed);
      for (const one of changed) one.changed = false;
      return changed.map(({ index, seenDay }) => [index, seenDay] as const);
    },
    forget() {
      for (const key of opened.values()) key.fill(0);
      opened.clear();
    },
  };
}
