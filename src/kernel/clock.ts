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

/** Now as ISO 8601 text in UTC. Many things happen in one millisecond; its text is made once. */
export function createTimestamps(clock: Clock): () => string {
  let madeFor = Number.NaN;
  let text = '';
  return () => {
    const now = clock.now();
    if (now !== madeFor) {
      madeFor = now;
      text = new Date(now).toISOString();
    }
    return text;
  };
}
