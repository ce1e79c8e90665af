import type { Call } from './call.ts';

/**
 * The bytes of bodies held at once, over all calls. Overload is turned away at the door, before memory grows: a gate that
 * runs out of memory takes every caller down with it.
 */
export interface MemoryBudget {
  /** False when the budget would be passed; then nothing is taken. */
  take(call: Call, bytes: number): boolean;
  /** Gives back all that the call took. */
  release(call: Call): void;
  readonly takenBytes: number;
}

export function createMemoryBudget(limitBytes: () => number): MemoryBudget {
  const taken = new Map<Call, number>();
  let total = 0;
  return {
    take(call, bytes) {
      if (total + bytes > limitBytes()) return false;
      total += bytes;
      taken.set(call, (taken.get(call) ?? 0) + bytes);
      return true;
    },
    release(call) {
      const bytes = taken.get(call);
      if (bytes === undefined) return;
      taken.delete(call);
      total -= bytes;
    },
    get takenBytes() {
      return total;
    },
  };
}
