import { isRolling } from '../../kernel/index.ts';
import { concurrencyHeaders, meterHeaders } from './headers.ts';
import type { Demand, LimitRefusal, LimitScope } from './limits.ts';
import { type Meter, type Moment, waitFor } from './meter.ts';
import type { SubjectState } from './subjects.ts';

/** A subject a call is counted for, and the scope it is counted in. */
export interface HeldSubject {
  readonly scope: LimitScope;
  readonly state: SubjectState;
}

const concurrencyRetryMs = 1000;

/**
 * What a demand takes from a token or cost meter. Undefined: it does not fit even into an unused one, also where it is no number. A rate lets a call
 * through alone whose prompt may, but usually does not, come to more than the whole amount.
 */
export function shareOf(meter: Meter, demand: Demand): number | undefined {
  const { rate, measure } = meter.spec;
  const most = measure === 'tokens' ? demand.tokens : demand.costNanoUsd;
  if (most <= rate.amount) return Math.max(0, most);
  const likely = measure === 'tokens' ? demand.likelyTokens : demand.likelyCostNanoUsd;
  if (isRolling(rate.per) && likely !== undefined && likely <= rate.amount) return rate.amount;
  return undefined;
}

export function countsUsage({ spec: { measure } }: Meter): boolean {
  return measure !== 'requests';
}

/** What stops a call before anything of it is read: concurrency, requests, and for one that spends a budget without a unit left. */
export function findEntryRefusal(
  held: readonly HeldSubject[],
  spends: boolean,
  moment: Moment,
): LimitRefusal | undefined {
  let refusal: LimitRefusal | undefined;
  for (const { scope, state } of held) {
    const { concurrency } = state.limits;
    if (concurrency !== undefined && state.inFlight >= concurrency && !refusal)
      refusal = refusalByConcurrency(scope, concurrency);
    for (const meter of state.meters) {
      if (!spends && countsUsage(meter)) continue;
      refusal = worse(refusal, refusalBy({ scope, meter, quantity: 1, moment }));
    }
  }
  return refusal;
}

/** What stops a call whose demand is known; the longest wait of all that do. */
export function findDemandRefusal(
  held: readonly HeldSubject[],
  demand: Demand,
  moment: Moment,
): LimitRefusal | undefined {
  let refusal: LimitRefusal | undefined;
  for (const { scope, state } of held) {
    for (const meter of state.meters) {
      if (!countsUsage(meter)) continue;
      const share = shareOf(meter, demand);
      if (share === undefined) return neverFits(scope, meter, moment);
      // A call that counts nothing here is not stopped by what others used.
      if (share > 0) refusal = worse(refusal, refusalBy({ scope, meter, quantity: share, moment }));
    }
  }
  return refusal;
}

/** The one with the longer wait; of equal ones the first. */
export function worse(
  one: LimitRefusal | undefined,
  other: LimitRefusal | undefined,
): LimitRefusal | undefined {
  return other && (!one || other.retryAfterMs > one.retryAfterMs) ? other : one;
}

interface Asked {
  readonly scope: LimitScope;
  readonly meter: Meter;
  readonly quantity: number;
  readonly moment: Moment;
}

function refusalBy({ scope, meter, quantity, moment }: Asked): LimitRefusal | undefined {
  const waitMs = waitFor(meter, quantity, moment);
  if (waitMs <= 0) return undefined;
  const { measure, rate } = meter.spec;
  const limit = `${scope}-${measure}-${rate.per}`;
  const headers = meterHeaders(meter, moment, waitMs);
  return { ok: false, measure, scope, limit, retryAfterMs: waitMs, neverFits: false, headers };
}

function neverFits(scope: LimitScope, meter: Meter, moment: Moment): LimitRefusal {
  const { measure, rate } = meter.spec;
  const limit = `${scope}-${measure}-${rate.per}`;
  const headers = meterHeaders(meter, moment, concurrencyRetryMs);
  return { ok: false, measure, scope, limit, retryAfterMs: concurrencyRetryMs, neverFits: true, headers };
}

function refusalByConcurrency(scope: LimitScope, concurrency: number): LimitRefusal {
  return {
    ok: false,
    measure: 'concurrency',
    scope,
    limit: `${scope}-concurrency`,
    retryAfterMs: concurrencyRetryMs,
    neverFits: false,
    headers: concurrencyHeaders(scope, concurrency),
  };
}
