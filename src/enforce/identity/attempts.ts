import {
  addressSubject,
  type Clock,
  createBoundedMap,
  createFailureCounter,
  type FailureRate,
} from '../../kernel/index.ts';

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

const rememberedUses = 32_768;
const latelyMs = 3_600_000;

export function createAttempts({ clock, rates }: { clock: Clock; rates: () => AttemptRates }): Attempts {
  const addresses = createFailureCounter(clock, () => rates().address);
  const keys = createFailureCounter(clock, () => rates().key);
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
