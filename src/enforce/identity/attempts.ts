import { addressSubject, type Clock, createBoundedMap } from '../../kernel/index.ts';

/** How many failures are borne; a burst of this many at once, and then as many per this time. */
export interface FailureRate {
  readonly amount: number;
  readonly perMs: number;
}

export interface AttemptRates {
  /** From one address (an IPv6 /64). */
  readonly address: FailureRate;
  /** Against keys that begin alike, from everywhere. */
  readonly key: FailureRate;
}

/**
 * Failed credentials, counted. Threat: guessing keys and forging tokens, from one address or from many against one key; what they cost. Whoever fails too often is slowed down
 * before anything is looked at, so that the answer tells nothing. A credential that lately worked from an address goes on from there, so that
 * a guesser behind a shared address stops nobody; other addresses are not touched.
 */
export interface Attempts {
  /** How long a credential from the address must wait; 0 almost always. */
  waitMs(address: string, beginning: string | undefined): number;
  /** `beginning`: of a key that is known, which is what can be attacked. */
  failed(address: string, beginning: string | undefined): void;
  worked(address: string, callerId: string): void;
  hasWorked(address: string, callerId: string): boolean;
  /** Counters held, bounded. */
  readonly size: number;
}

const capacity = 16_384;
const rememberedUses = 32_768;
const latelyMs = 3_600_000;
const sweepEveryMs = 10_000;
const sweepSteps = 512;

export function createAttempts({ clock, rates }: { clock: Clock; rates: () => AttemptRates }): Attempts {
  const addresses = createCounters(clock, () => rates().address);
  const keys = createCounters(clock, () => rates().key);
  const uses = createBoundedMap<number>(rememberedUses);

  return {
    waitMs(address, beginning) {
      if (addresses.size === 0 && keys.size === 0) return 0;
      addresses.tidy();
      keys.tidy();
      const own = addresses.waitMs(addressSubject(address));
      return beginning === undefined ? own : Math.max(own, keys.waitMs(beginning));
    },
    failed(address, beginning) {
      addresses.count(addressSubject(address));
      if (beginning !== undefined) keys.count(beginning);
    },
    worked: (address, callerId) => uses.set(`${address} ${callerId}`, clock.elapsed()),
    hasWorked(address, callerId) {
      const at = uses.get(`${address} ${callerId}`);
      return at !== undefined && clock.elapsed() - at < latelyMs;
    },
    get size() {
      return addresses.size + keys.size;
    },
  };
}

/** Where the subjects are counted that come when the table is full of others: together. */
const everyone = '';

/**
 * GCRA over a table of bounded size: for each subject the time at which its failures are forgotten. Those that are past are dropped a few at a time. What is
 * refused for coming too early is not counted, so that waiting is never longer than one failure takes.
 */
function createCounters(clock: Clock, rate: () => FailureRate) {
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
    /** Looked at by calls that count nothing, so that a table empties when a flood is over. */
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
