const keptEntries = 8192;

/** The texts of the newest durable entries, so that a subscriber that keeps up costs no reading back. */
export interface Recent {
  add(start: number, texts: readonly string[]): void;
  /** Undefined where some of the range is not held. */
  slice(from: number, limit: number): readonly string[] | undefined;
  /** Everybody has seen what lies before this index. */
  forgetBefore(index: number): void;
}

export function createRecent(): Recent {
  let first = 0;
  let held: string[] = [];

  const drop = (count: number) => {
    first += count;
    held = held.slice(count);
  };

  return {
    add(start, texts) {
      if (start !== first + held.length) {
        first = start;
        held = [];
      }
      for (const text of texts) held.push(text);
      // Trimmed by halves, so that each text is moved once.
      if (held.length > keptEntries * 2) drop(held.length - keptEntries);
    },
    slice(from, limit) {
      return from < first || from >= first + held.length
        ? undefined
        : held.slice(from - first, from - first + limit);
    },
    forgetBefore(index) {
      if (index > first) drop(Math.min(index - first, held.length));
    },
  };
}
