import { isRolling, type Rate, type RateWindow, rollingWindowMs } from '../../kernel/index.ts';
import type { LimitScope, LimitSet } from './limits.ts';
import type { Measure, MeterSpec } from './meter-spec.ts';

/** Limits that allow everything. */
export const noLimits: LimitSet = { requests: [], tokens: [], cost: [] };

function tightestByWindow(rates: readonly Rate[]): readonly Rate[] {
  const byWindow = new Map<RateWindow, Rate>();
  for (const rate of rates) {
    const known = byWindow.get(rate.per);
    if (!known || rate.amount < known.amount) byWindow.set(rate.per, rate);
  }
  return [...byWindow.values()];
}

/**
 * Several sets that hold for one subject (those of every key, those of its role) as one: of two rates with the same window only the
 * tighter can ever refuse. Make it once for a policy, not for a call: counters recognise a set by its identity first.
 */
export function mergeLimitSets(sets: readonly LimitSet[]): LimitSet {
  const concurrency = sets.flatMap((set) => (set.concurrency === undefined ? [] : [set.concurrency]));
  return {
    requests: tightestByWindow(sets.flatMap((set) => set.requests)),
    tokens: tightestByWindow(sets.flatMap((set) => set.tokens)),
    cost: tightestByWindow(sets.flatMap((set) => set.cost)),
    ...(concurrency.length > 0 ? { concurrency: Math.min(...concurrency) } : {}),
  };
}

/** Whether the set says nothing, so that no counter is needed. */
export function isUnlimited(set: LimitSet): boolean {
  return set.requests.length + set.tokens.length + set.cost.length === 0 && set.concurrency === undefined;
}

const calendarSeconds = { day: 86_400, month: 2_592_000 } as const;

/** Headers tell money in micro-dollars: RFC 9651 integers end at 15 digits. */
export const nanoUsdPerHeaderUnit = 1000;

const unitParameter: Readonly<Record<Measure, string>> = {
  requests: '',
  tokens: ';qu="tokens"',
  cost: ';qu="micro-usd"',
};

function specify(scope: LimitScope, measure: Measure, rate: Rate): MeterSpec {
  const name = `"${scope}-${measure}-${rate.per}"`;
  const seconds = isRolling(rate.per) ? rollingWindowMs[rate.per] / 1000 : calendarSeconds[rate.per];
  const quota = measure === 'cost' ? Math.floor(rate.amount / nanoUsdPerHeaderUnit) : rate.amount;
  return { measure, rate, name, policyText: `${name};q=${quota};w=${seconds}${unitParameter[measure]}` };
}

/** The meters a set needs for a scope. */
export function specifyMeters(scope: LimitScope, set: LimitSet): readonly MeterSpec[] {
  const measures: readonly Measure[] = ['requests', 'tokens', 'cost'];
  return measures.flatMap((measure) =>
    tightestByWindow(set[measure]).map((rate) => specify(scope, measure, rate)),
  );
}
