/**
 * Something there is only so much of (bytes of bodies, calls at once, connections), shared so that no holder can keep others from their part: a holder may take
 * at most `greed` times what is free at that moment (dynamic thresholds, Choudhury and Hahne, IEEE/ACM ToN 1998). One holder alone gets `greed / (greed + 1)` of it,
 * n greedy ones leave `1 / (1 + n * greed)` free, and a newcomer always finds something.
 */
export interface FairShare {
  /** False where it would be more than the holder's share; then nothing is taken. */
  take(holder: string, amount: number): boolean;
  giveBack(holder: string, amount: number): void;
  /** What one holder has. */
  heldBy(holder: string): number;
  readonly taken: number;
}

const greed = 4;

export function createFairShare(capacity: () => number): FairShare {
  const held = new Map<string, number>();
  let taken = 0;
  return {
    take(holder, amount) {
      const free = capacity() - taken;
      if (amount > free) return false;
      const has = held.get(holder) ?? 0;
      // A first piece may be larger than the share, where there is room: else one large body would never fit.
      if (has > 0 && has + amount > greed * (free - amount)) return false;
      held.set(holder, has + amount);
      taken += amount;
      return true;
    },
    giveBack(holder, amount) {
      const left = (held.get(holder) ?? 0) - amount;
      if (left > 0) held.set(holder, left);
      else held.delete(holder);
      taken -= amount;
    },
    heldBy: (holder) => held.get(holder) ?? 0,
    get taken() {
      return taken;
    },
  };
}
