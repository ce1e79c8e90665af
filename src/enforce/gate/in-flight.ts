import type { Clock, FaultCode } from '../../kernel/index.ts';
import type { Authorized, Caller } from './states.ts';

/** A call being forwarded, as the rest of the house can reach it. */
export interface FlyingCall {
  readonly state: Authorized;
  /** Monotonic milliseconds at which the call has had all its time; Infinity where it has no end. */
  readonly deadline: number;
  /** Ends the call with this fault, whether or not its answer has begun. Further calls do nothing. */
  cut(code: FaultCode): void;
  /** Looks after deadlines only the call knows (a reader that stalls). */
  watch(elapsed: number): void;
}

/** Calls in flight keep their snapshot for everything but permission: what is no longer permitted is cut. */
export interface InFlight {
  readonly size: number;
  add(call: FlyingCall): void;
  remove(call: FlyingCall): void;
  /** Cuts those for which `reason` gives one. Returns how many. */
  cutWhere(reason: (state: Authorized) => FaultCode | undefined): number;
  /** Resolves when every call that is in flight now has been looked at once more. */
  swept(): Promise<void>;
  /** Resolves when nothing is in flight. */
  empty(): Promise<void>;
  close(): void;
}

/** How often deadlines are looked at. One timer for all calls: a timer each would cost more than the step it guards. */
const sweepMs = 100;

export function createInFlight(options: {
  clock: Clock;
  /** Whether the caller may still act: its key may have expired, or been given an earlier end by a rotation. */
  isActive(caller: Caller): boolean;
}): InFlight {
  const { clock, isActive } = options;
  // An array, not a Set: each time a Set is rehashed its old table keeps what it held alive until the next major collection, which was
  // measured to make half of all calls survive and collections take a tenth of the time.
  // Loops that may cut run over a copy, since a call that is cut leaves the array.
  const calls: FlyingCall[] = [];
  let waiting: (() => void)[] = [];
  const waitingForSweep: (() => void)[] = [];
  const sweep = setInterval(() => {
    const elapsed = clock.elapsed();
    for (const call of calls.slice()) {
      if (elapsed >= call.deadline) call.cut('upstream.timeout-total');
      else if (!isActive(call.state.caller)) call.cut('stream.revoked');
      else call.watch(elapsed);
    }
    for (const resolve of waitingForSweep.splice(0)) resolve();
  }, sweepMs);
  sweep.unref();

  return {
    get size() {
      return calls.length;
    },
    add: (call) => void calls.push(call),
    remove(call) {
      const index = calls.indexOf(call);
      if (index < 0) return;
      const last = calls.pop();
      if (last && last !== call) calls[index] = last;
      if (calls.length > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    cutWhere(reason) {
      let count = 0;
      for (const call of calls.slice()) {
        const code = reason(call.state);
        if (code === undefined) continue;
        call.cut(code);
        count++;
      }
      return count;
    },
    swept: () => new Promise((resolve) => waitingForSweep.push(resolve)),
    empty: () => (calls.length === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    close: () => clearInterval(sweep),
  };
}
