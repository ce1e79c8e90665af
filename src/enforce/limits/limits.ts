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

export interface AdmitRequest {
  readonly subjects: readonly LimitSubject[];
  /** The estimate to reserve: prompt estimate + requested (or default) output. */
  readonly tokens: number;
  readonly costNanoUsd: number;
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

export interface Admission {
  readonly ok: true;
  /** Tokens reserved under the tightest token limit; Infinity where there is none. A stream that overruns it is cut. */
  readonly reservedTokens: number;
  headers(): LimitHeaders | undefined;
  /** The call ended: what was reserved is replaced by what was used, and concurrency is given back. Once; later calls do nothing. */
  settle(used: Usage): void;
}

export interface LimitRefusal {
  readonly ok: false;
  readonly measure: 'requests' | 'concurrency' | 'tokens' | 'cost';
  readonly scope: LimitScope;
  /** Its name, from a closed set: `team-cost-day`, `key-concurrency`. */
  readonly limit: string;
  /** Undefined where waiting does not help to a known time (concurrency): then 1 s is said. */
  readonly retryAfterMs: number;
  readonly headers: LimitHeaders | undefined;
}

/** All limits of one process, in memory. Admitting is all or nothing: a refusal by one limit takes nothing from the others. */
export interface Limits {
  admit(request: AdmitRequest): Admission | LimitRefusal;
  /** Distinct counters held, for metrics; bounded, the idle ones are dropped. */
  readonly counters: number;
}
