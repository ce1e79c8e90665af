import type { Clock } from '../../../kernel/index.ts';

/** More than entries of one moment are ever out of order by: a clock that was set back. */
const setBackMs = 1000;

/**
 * The two clocks of limits, as the times of entries show them. Entries a little out of order move nothing. How long it was from an entry to one that a
 * clock set back dates before it is not recorded.
 */
export function createRecordedTime(setBack: (epochMs: number) => void) {
  let latest = Number.NaN;
  let elapsed = 0;
  const shown = { epochMs: 0, elapsedMs: 0 };
  const clock: Clock = { now: () => shown.epochMs, elapsed: () => shown.elapsedMs };
  return {
    clock,
    /** Monotonic milliseconds of an entry's time. */
    moveTo(epochMs: number): number {
      if (epochMs > latest) {
        elapsed += epochMs - latest;
        latest = epochMs;
      } else if (!(latest - epochMs < setBackMs)) {
        if (!Number.isNaN(latest)) setBack(epochMs);
        latest = epochMs;
      }
      return elapsed;
    },
    /** What the clocks say from now on. */
    show(epochMs: number, elapsedMs: number): void {
      shown.epochMs = epochMs;
      shown.elapsedMs = elapsedMs;
    },
  };
}
