import { addressSubject, createBoundedMap } from '../../kernel/index.ts';

/** Failures from each address (an IPv6 /64) within a window. Bounded: when there are too many, the older ones are forgotten. */
export interface Attempts {
  /** Counts a failure; gives how long to wait where there were too many, in milliseconds. */
  fail(address: string): number | undefined;
}

const mostSources = 4096;

export function createAttempts(options: { most: number; windowMs: number; now: () => number }): Attempts {
  const { most, windowMs, now } = options;
  const windows = createBoundedMap<{ count: number; readonly until: number }>(mostSources);
  return {
    fail(address) {
      const source = addressSubject(address);
      const at = now();
      const known = windows.get(source);
      const window = known && known.until > at ? known : { count: 0, until: at + windowMs };
      window.count += 1;
      windows.set(source, window);
      return window.count > most ? window.until - at : undefined;
    },
  };
}
