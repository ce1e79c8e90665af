import { type CalendarWindow, createCalendarMeter } from './calendar.ts';
import { specifyMeters } from './limit-set.ts';
import type { LimitScope, LimitSet } from './limits.ts';
import type { Meter, Moment } from './meter.ts';
import type { Measure, MeterSpec } from './meter-spec.ts';
import { createRollingMeter, respecify } from './rolling.ts';
import type { SubjectState } from './subjects.ts';

export interface UsedQuestion {
  readonly scope: LimitScope;
  readonly subject: string;
  readonly measure: Measure;
  readonly window: CalendarWindow;
  readonly epochMs: number;
}

/** How much was used in the UTC day or month of that moment. */
export type UsedSoFar = (question: UsedQuestion) => number;

interface Binding {
  readonly state: SubjectState;
  readonly scope: LimitScope;
  readonly limits: LimitSet;
  readonly moment: Moment;
}

function createMeter(spec: MeterSpec, { state, scope, moment }: Binding, usedSoFar: UsedSoFar): Meter {
  const { per } = spec.rate;
  if (per !== 'day' && per !== 'month') return createRollingMeter(spec);
  const { epochMs } = moment;
  const question = { scope, subject: state.subject, measure: spec.measure, window: per, epochMs };
  return createCalendarMeter(spec, usedSoFar(question), epochMs);
}

/** Specs are the same for all subjects of a scope under one set, so they are made once for each. */
function createSpecCache(): (scope: LimitScope, limits: LimitSet) => readonly MeterSpec[] {
  const byLimits = new WeakMap<LimitSet, Map<LimitScope, readonly MeterSpec[]>>();
  return (scope, limits) => {
    const byScope = byLimits.get(limits) ?? new Map<LimitScope, readonly MeterSpec[]>();
    byLimits.set(limits, byScope);
    const specs = byScope.get(scope) ?? specifyMeters(scope, limits);
    byScope.set(scope, specs);
    return specs;
  };
}

/**
 * Gives a subject the meters of a set of limits: at its first call, and after a policy was loaded. A meter for the same measure and
 * window stays and takes the new amount, so that loading a policy gives nobody a fresh budget; calls in flight keep what they hold.
 */
export function createMeterBinder(usedSoFar: UsedSoFar): (binding: Binding) => void {
  const specsOf = createSpecCache();
  return (binding) => {
    const { state, scope, limits, moment } = binding;
    state.meters = specsOf(scope, limits).map((spec) => {
      const known = state.meters.find(
        ({ spec: old }) => old.measure === spec.measure && old.rate.per === spec.rate.per,
      );
      if (!known) return createMeter(spec, binding, usedSoFar);
      if (known.kind === 'rolling') respecify(known, spec, moment.elapsedMs);
      else known.spec = spec;
      return known;
    });
    state.limits = limits;
  };
}
