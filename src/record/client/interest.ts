/** Which kinds of entries subscribers read, all of them taken together. Each is made anew when a subscriber comes, and told apart from the one before by identity. */
export interface Interest {
  has(kind: string): boolean;
}

export const noInterest: Interest = { has: () => false };

const everyKind: Interest = { has: () => true };

/** What one subscriber reads; undefined: everything. */
export function interestIn(kinds: readonly string[] | undefined): Interest {
  return kinds === undefined ? everyKind : new Set(kinds);
}

/** A new one, even where it says the same. */
export function joinInterests(interests: Iterable<Interest>): Interest {
  const all = [...interests];
  return { has: (kind) => all.some((interest) => interest.has(kind)) };
}
