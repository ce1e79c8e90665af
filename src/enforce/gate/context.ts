import type { Clock, FaultCode, Log } from '../../kernel/index.ts';
import type { DenialRecorder, Ledger, Pseudonyms } from '../../record/index.ts';
import type { Identity } from '../identity/index.ts';
import type { Limits } from '../limits/index.ts';
import type { Capture, Subjects } from '../privacy/index.ts';
import type { FairShare } from './fair-share.ts';
import type { InFlight } from './in-flight.ts';
import type { Lane } from './lane.ts';
import type { MemoryBudget } from './memory.ts';
import type { GateSnapshot } from './snapshot/snapshot.ts';
import type { Authorized, Underway } from './states.ts';
import type { Denied } from './denied.ts';
import type { Outcome, Recorded } from './states.ts';
import type { RetryBudget } from './upstreams/retry-budget.ts';
import type { Upstreams } from './upstreams/upstream.ts';

/** What a process that runs a gate gives it. */
export interface GateDependencies {
  readonly identity: Identity;
  readonly limits: Limits;
  readonly ledger: Ledger;
  readonly denials: DenialRecorder;
  readonly pseudonyms: Pseudonyms;
  /** Whose data a call is about. */
  readonly subjectOf: Subjects['subjectOf'];
  /** What routes keep of prompts and answers. */
  readonly capture: Pick<Capture, 'ruleOf' | 'capture'>;
  readonly observer: GateObserver;
  readonly clock: Clock;
  readonly log: Log;
  /** UUIDv7. */
  readonly newId: () => string;
}

/** What the steps share. One per gate, alive as long as it; all that a policy can change is behind `snapshot()`. */
export interface GateContext extends GateDependencies {
  snapshot(): GateSnapshot;
  /** Now, as entries have it. */
  timestamp(): string;
  /** Places for calls at once, in any step, shared fairly between callers. */
  readonly places: FairShare;
  /** For work that holds the event loop for long. */
  readonly lane: Lane;
  readonly inFlight: InFlight;
  /**
   * Why the call may not go on, by the keys and the policy of now. Asked once more when it joins the calls in flight: until then, while
   * its body came or its decision was written, nobody could have cut it.
   */
  noLongerPermitted(state: Authorized): FaultCode | undefined;
  readonly memory: MemoryBudget;
  readonly retryBudget: RetryBudget;
  upstreams(): Upstreams;
}

/** Told of every call, for metrics. Called on the hot path: counts, and does nothing else. */
export interface GateObserver {
  denied(state: Underway, denied: Denied): void;
  finished(state: Recorded, outcome: Outcome, durationMs: number): void;
}
