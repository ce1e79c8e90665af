import type { Entry } from '../entry.ts';

const keptPlaces = 8192;

/**
 * The newest durable entries as they were handed over, so that a subscriber that keeps up costs neither reading back nor parsing. A place
 * without an entry stands for one that nobody reads.
 */
export interface Recent {
  add(start: number, entries: readonly (Entry | undefined)[]): void;
  /** Undefined where some of the range is not held. */
  slice(from: number, limit: number): readonly (Entry | undefined)[] | undefined;
  /** Everybody has seen what lies before this index. */
  forgetBefore(index: number): void;
  clear(): void;
}

export function createRecent(): Recent {
  let first = 0;
  let held: (Entry | undefined)[] = [];

  const drop = (count: number) => {
    first += count;
    held = held.slice(count);
  };

  return {
    add(start, entries) {
      if (start !== first + held.length) {
        first = start;
        held = [];
      }
      for (const entry of entries) held.push(entry);
      // Trimmed by halves, so that each place is moved once.
      if (held.length > keptPlaces * 2) drop(held.length - keptPlaces);
    },
    slice(from, limit) {
      return from < first || from >= first + held.length
        ? undefined
        : held.slice(from - first, from - first + limit);
    },
    forgetBefore(index) {
      if (index > first) drop(Math.min(index - first, held.length));
    },
    clear() {
      held = [];
    },
  };
}
