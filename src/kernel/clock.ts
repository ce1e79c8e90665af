/** Time as a dependency, so that a test can move it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May step when the machine's clock is set. */
  now(): number;
  /** Milliseconds on a clock that never steps backwards; for durations and deadlines. */
  elapsed(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
};

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
