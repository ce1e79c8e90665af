import type { Entry } from '../entry.ts';

const keptEntries = 8192;

/** The newest durable entries, so that a subscriber that keeps up costs no reading back. */
export interface Recent {
  add(start: number, entries: readonly Entry[]): void;
  /** Undefined where some of the range is not held. */
  slice(from: number, limit: number): readonly Entry[] | undefined;
}

export function createRecent(): Recent {
  let first = 0;
  let held: Entry[] = [];
  return {
    add(start, entries) {
      if (start !== first + held.length) {
        first = start;
        held = [];
      }
      for (const entry of entries) held.push(entry);
      // Trimmed by halves, so that each entry is moved once.
      if (held.length > keptEntries * 2) {
        first += held.length - keptEntries;
        held = held.slice(-keptEntries);
      }
    },
    slice(from, limit) {
      return from < first || from >= first + held.length
        ? undefined
        : held.slice(from - first, from - first + limit);
    },
  };
}
