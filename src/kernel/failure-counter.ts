import type { Clock } from './clock.ts';

/** How many failures are borne; a burst of this many at once, and then as many per this time. */
export interface FailureRate {
  readonly amount: number;
  readonly perMs: number;
}

export interface FailureCounter {
  /** How long the subject must wait before it is looked at; 0 almost always. */
  waitMs(subject: string): number;
  count(subject: string): void;
  /** Looked at by calls that count nothing, so that a table empties when a flood is over. */
  tidy(): void;
  /** Subjects held, bounded. */
  readonly size: number;
}

const capacity = 16_384;
const sweepEveryMs = 10_000;
const sweepSteps = 512;

/** Where the subjects are counted that come when the table is full of others: together. */
const everyone = '';

/**
 * Counts failures, for callers and for operators alike: GCRA over a table of bounded size, that is for each subject the time at which its failures are
 * forgotten. Those that are past are dropped a few at a time. What is refused for coming too early is not to be counted, so that waiting is never
 * longer than one failure takes.
 */
export function createFailureCounter(clock: Clock, rate: () => FailureRate): FailureCounter {
  const clearAt = new Map<string, number>();
  let hand = clearAt.entries();
  let sweptAt = 0;

  function sweep(now: number, steps: number): void {
    for (let step = 0; step < steps; step++) {
      const next = hand.next();
      if (next.done) {
        hand = clearAt.entries();
        return;
      }
      const [subject, at] = next.value;
      if (at <= now) clearAt.delete(subject);
    }
  }

  const find = (subject: string): string =>
    clearAt.has(subject) || clearAt.size < capacity ? subject : everyone;

  return {
    get size() {
      return clearAt.size;
    },
    tidy(): void {
      const now = clock.elapsed();
      if (now - sweptAt <= sweepEveryMs) return;
      sweptAt = now;
      sweep(now, sweepSteps);
    },
    waitMs(subject: string): number {
      const now = clock.elapsed();
      const at = clearAt.get(find(subject));
      if (at === undefined) return 0;
      const { perMs, amount } = rate();
      return Math.max(0, at - now - perMs + perMs / amount);
    },
    count(subject: string): void {
      const now = clock.elapsed();
      sweep(now, 4);
      const { perMs, amount } = rate();
      const key = find(subject);
      const each = perMs / amount;
      // Never further ahead than one too many: tokens verified side by side may fail together.
      clearAt.set(key, Math.min(Math.max(clearAt.get(key) ?? 0, now) + each, now + perMs + each));
    },
  };
}
