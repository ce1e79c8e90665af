/**
 * The bytes of bodies held at once, over all calls. Overload is turned away at the door, before memory grows: a gate that
 * runs out of memory takes every caller down with it.
 */
export interface MemoryBudget {
  /** False when the budget would be passed; then nothing is taken. */
  take(holder: MemoryHolder, bytes: number): boolean;
  /** Gives back all that the holder took. */
  release(holder: MemoryHolder): void;
  readonly takenBytes: number;
}

/** Whatever holds a share of the budget; it carries its share itself, since a map of calls would keep dead ones alive. */
export interface MemoryHolder {
  heldBytes: number;
}

export function createMemoryBudget(limitBytes: () => number): MemoryBudget {
  let total = 0;
  return {
    take(holder, bytes) {
      if (total + bytes > limitBytes()) return false;
      total += bytes;
      holder.heldBytes += bytes;
      return true;
    },
    release(holder) {
      total -= holder.heldBytes;
      holder.heldBytes = 0;
    },
    get takenBytes() {
      return total;
    },
  };
}
