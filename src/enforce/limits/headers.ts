import { nanoUsdPerHeaderUnit } from './limit-set.ts';
import type { LimitHeaders, LimitScope } from './limits.ts';
import { type Meter, type Moment, remaining, resetMs } from './meter.ts';
import type { HeldSubject } from './refusals.ts';

/** `r` and `t` of draft-ietf-httpapi-ratelimit-headers; whole numbers, the wait rounded up so that a client never comes early. */
export function meterHeaders(meter: Meter, moment: Moment, retryAfterMs?: number): LimitHeaders {
  const left = remaining(meter, moment);
  const shown = meter.spec.measure === 'cost' ? Math.floor(left / nanoUsdPerHeaderUnit) : Math.floor(left);
  const seconds = Math.ceil((retryAfterMs ?? resetMs(meter, moment)) / 1000);
  return {
    rateLimit: `${meter.spec.name};r=${shown};t=${seconds}`,
    rateLimitPolicy: meter.spec.policyText,
  };
}

export function concurrencyHeaders(scope: LimitScope, limit: number): LimitHeaders {
  const name = `"${scope}-concurrency"`;
  return {
    rateLimit: `${name};r=0;t=1`,
    rateLimitPolicy: `${name};q=${limit};qu="concurrent-requests"`,
  };
}

/** The meter of which the least part is left. */
export function tightest(held: readonly HeldSubject[], moment: Moment): Meter | undefined {
  let found: Meter | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const { state } of held) {
    for (const meter of state.meters) {
      const part = remaining(meter, moment) / meter.spec.rate.amount;
      if (part >= least) continue;
      least = part;
      found = meter;
    }
  }
  return found;
}
