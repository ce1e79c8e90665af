import type { Clock, FaultCode } from '../../kernel/index.ts';
import type { Authorized } from './states.ts';

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
  /** Resolves when nothing is in flight. */
  empty(): Promise<void>;
  close(): void;
}

/** How often deadlines are looked at. One timer for all calls: a timer each would cost more than the step it guards. */
const sweepMs = 100;

export function createInFlight({ clock }: { clock: Clock }): InFlight {
  const calls = new Set<FlyingCall>();
  let waiting: (() => void)[] = [];
  const sweep = setInterval(() => {
    const elapsed = clock.elapsed();
    const now = clock.now();
    for (const call of calls) {
      if (elapsed >= call.deadline) call.cut('upstream.timeout-total');
      else if (now >= call.state.caller.expiresAt) call.cut('stream.revoked');
      else call.watch(elapsed);
    }
  }, sweepMs);
  sweep.unref();

  return {
    get size() {
      return calls.size;
    },
    add: (call) => void calls.add(call),
    remove(call) {
      calls.delete(call);
      if (calls.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    cutWhere(reason) {
      let count = 0;
      for (const call of calls) {
        const code = reason(call.state);
        if (code === undefined) continue;
        call.cut(code);
        count++;
      }
      return count;
    },
    empty: () => (calls.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    close: () => clearInterval(sweep),
  };
}
