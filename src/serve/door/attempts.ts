/** Failures of each source within a window. Bounded: when it is full the older half is forgotten at once. */
export interface Attempts {
  /** Counts a failure; gives how long to wait where there were too many, in milliseconds. */
  fail(source: string): number | undefined;
}

const mostSources = 4096;

export function createAttempts(options: { most: number; windowMs: number; now: () => number }): Attempts {
  const { most, windowMs, now } = options;
  let young = new Map<string, { count: number; readonly until: number }>();
  let old = new Map<string, { count: number; readonly until: number }>();
  return {
    fail(source) {
      const at = now();
      const known = young.get(source) ?? old.get(source);
      const window = known && known.until > at ? known : { count: 0, until: at + windowMs };
      window.count += 1;
      if (young.size >= mostSources) {
        old = young;
        young = new Map();
      }
      young.set(source, window);
      return window.count > most ? window.until - at : undefined;
    },
  };
}

/** An IPv6 address stands for its /64: whoever has one has all of it. */
export function sourceOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address.replace(/^::ffff:/, '');
  const [head = ''] = address.split('::', 1);
  return head.split(':').slice(0, 4).join(':');
}
