import type { Rate } from '../../kernel/index.ts';

/** The measures of one limit block, as in the policy (`limits: { requests: 600/min, … }`). Several rates of a measure all hold. */
export interface LimitSet {
  readonly requests: readonly Rate[];
  readonly tokens: readonly Rate[];
  /** Nano-dollars. */
  readonly cost: readonly Rate[];
  readonly concurrency?: number;
}

export type LimitScope = 'address' | 'key' | 'role' | 'team' | 'route';

/**
 * The subject of a caller's own limits (scope `key`) when it calls as a role. A key has one role for life. A token may call as one role and then
 * as another: counted apart, so that a call as the second does not reset what the first has used.
 */
export function callerSubject(id: string, role: string): string {
  return id.startsWith('key_') ? id : `${id} ${role}`;
}

/** One set of limits and whom it is counted for: `{ scope: 'key', subject: 'key_1' }`. */
export interface LimitSubject {
  readonly scope: LimitScope;
  readonly subject: string;
  readonly limits: LimitSet;
}

/**
 * The most a call can use. A whole budget must hold for it: what does not fit is refused, so that a service that bills all it was allowed to stays
 * within the budget.
 */
export interface Demand {
  /** The bound of the prompt and all output the service is allowed to make. */
  readonly tokens: number;
  readonly costNanoUsd: number;
  /**
   * The same with the prompt as it usually comes to. Under a rate (per second, minute or hour) a call whose bound is above the whole amount is let through
   * alone when this fits; later calls wait off what it used. Default: as the bound. Budgets per day or month have no such exception.
   */
  readonly likelyTokens?: number;
  readonly likelyCostNanoUsd?: number;
}

export interface AdmitRequest extends Demand {
  readonly subjects: readonly LimitSubject[];
}

/** A prompt, and the price of what may follow it. */
export interface OutputQuestion {
  readonly prompt: Demand;
  /** Nano-dollars for each output token; 0 where the model has no price. */
  readonly outputNanoUsd: number;
}

export interface Usage {
  readonly tokens: number;
  readonly costNanoUsd: number;
}

/** What a client sees of a limit (IETF draft `RateLimit`, `RateLimit-Policy`). */
export interface LimitHeaders {
  readonly rateLimit: string;
  readonly rateLimitPolicy: string;
}

/** A call under its limits: it counts as a request and as one of the calls at once, and may reserve tokens and cost. */
export interface Admission {
  readonly ok: true;
  /** Tokens reserved under the tightest token limit; Infinity where there is none. A stream that overruns it is cut. */
  readonly reservedTokens: number;
  /** Nano-dollars reserved under the tightest cost limit; Infinity where there is none. */
  readonly reservedNanoUsd: number;
  /** Whether tokens or cost are limited at all. */
  readonly limitsUsage: boolean;
  /** The most output tokens that still fit beside a prompt; below 0 where the prompt does not fit, Infinity where nothing is limited. */
  outputRoom(question: OutputQuestion): number;
  /** Takes the demand under every token and cost limit, all or nothing. Once. */
  reserve(demand: Demand): LimitRefusal | undefined;
  /** Takes the same demand once more, for a further try that the service may bill too. False where it does not fit; then nothing is taken. */
  reserveAgain(): boolean;
  headers(): LimitHeaders | undefined;
  /** The call ended: what was reserved is replaced by what was used, and concurrency is given back. Once; later calls do nothing. */
  settle(used: Usage): void;
  /**
   * The call ended without reaching a service. Tokens, cost and concurrency are given back, and the request under a daily or monthly budget, which counts calls
   * that were let through. Under a rate it stays counted: its body was read.
   */
  withdraw(): void;
}

export interface LimitRefusal {
  readonly ok: false;
  readonly measure: 'requests' | 'concurrency' | 'tokens' | 'cost';
  readonly scope: LimitScope;
  /** Its name, from a closed set: `team-cost-day`, `key-concurrency`. */
  readonly limit: string;
  /** Undefined where waiting does not help to a known time (concurrency): then 1 s is said. */
  readonly retryAfterMs: number;
  /** The call could use more than the whole limit: waiting does not help, asking for less does. */
  readonly neverFits: boolean;
  readonly headers: LimitHeaders | undefined;
}

/** All limits of one process, in memory. */
export interface Limits {
  /**
   * Counts a call under limits of requests and concurrency, before anything of it is read. `spends`: it will use tokens or money, so it is refused where a
   * budget has not one unit left.
   */
  enter(request: {
    readonly subjects: readonly LimitSubject[];
    readonly spends: boolean;
  }): Admission | LimitRefusal;
  /** `enter` and `reserve` as one step, all or nothing: a refusal by one limit takes nothing from the others. */
  admit(request: AdmitRequest): Admission | LimitRefusal;
  /** Distinct counters held, for metrics; bounded, the idle ones are dropped. */
  readonly counters: number;
}
