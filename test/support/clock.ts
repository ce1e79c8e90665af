import type { Clock } from '../../src/kernel/index.ts';

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  advance(milliseconds: number): void;
}

export function createManualClock(startAt = Date.UTC(2026, 0, 1)): ManualClock {
  let moved = 0;
  return {
    now: () => startAt + moved,
    elapsed: () => moved,
    advance(milliseconds) {
      moved += milliseconds;
    },
  };
}
