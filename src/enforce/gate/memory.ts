import { createFairShare } from './fair-share.ts';

/**
 * The bytes of bodies held at once, and what is parsed of them, over all calls and shared fairly between callers. Overload is turned away before memory grows: a
 * gateway that runs out of memory takes every caller down with it.
 */
export interface MemoryBudget {
  /** False when the budget, or the caller's share of it, would be passed; then nothing is taken. */
  take(holder: MemoryHolder, bytes: number): boolean;
  /** Gives back all that the holder took. */
  release(holder: MemoryHolder): void;
  readonly takenBytes: number;
}

/** Whatever holds a share of the budget; it carries its share itself, since a map of calls would keep dead ones alive. */
export interface MemoryHolder {
  heldBytes: number;
  /** Whose share it counts for: a caller's id, or the address of one that has none. Set before anything is taken. */
  countedFor: string;
}

export function createMemoryBudget(limitBytes: () => number): MemoryBudget {
  const share = createFairShare(limitBytes);
  return {
    take(holder, bytes) {
      if (!share.take(holder.countedFor, bytes)) return false;
      holder.heldBytes += bytes;
      return true;
    },
    release(holder) {
      if (holder.heldBytes > 0) share.giveBack(holder.countedFor, holder.heldBytes);
      holder.heldBytes = 0;
    },
    get takenBytes() {
      return share.taken;
    },
  };
}
