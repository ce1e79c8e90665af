import { addressSubject, type Clock, networkSubject } from '../../kernel/index.ts';
import { createMeterBinder, type UsedSoFar } from './bind.ts';
import { Held } from './held.ts';
import type { Admission, AdmitRequest, LimitRefusal, LimitScope, LimitSubject, Limits } from './limits.ts';
import type { Moment } from './meter.ts';
import { findDemandRefusal, findEntryRefusal, type HeldSubject, worse } from './refusals.ts';
import { createSubjectTable, type SubjectTable } from './subjects.ts';

export interface LimitsOptions {
  readonly clock: Clock;
  /** What a key, role, team or route used in the present UTC day or month: from the ledger, so that a restart gives no fresh budget. */
  readonly usedSoFar: UsedSoFar;
  /** Subjects of one scope counted on their own; beyond it newcomers are counted together. */
  readonly capacity?: number;
}

/** A subject named twice would be charged twice; its sets belong merged (`mergeLimitSets`). */
function refuseDoubles(subjects: readonly LimitSubject[]): void {
  for (let index = 1; index < subjects.length; index++) {
    for (let before = 0; before < index; before++) {
      const [first, second] = [subjects[before], subjects[index]];
      if (first?.subject === second?.subject && first?.scope === second?.scope) {
        throw new TypeError('a subject of limits is named twice in one call');
      }
    }
  }
}

/** Counters in the memory of one process. Synchronous, no I/O: the answer is final when it returns. */
export function createLimits({ clock, usedSoFar, capacity = 65_536 }: LimitsOptions): Limits {
  const others = () => createSubjectTable({ capacity, widen: () => '' });
  const tables: Readonly<Record<LimitScope, SubjectTable>> = {
    address: createSubjectTable({ capacity, widen: networkSubject }),
    key: others(),
    role: others(),
    team: others(),
    route: others(),
  };
  const bind = createMeterBinder(usedSoFar);
  const now = (): Moment => ({ elapsedMs: clock.elapsed(), epochMs: clock.now() });

  function find({ scope, subject, limits }: LimitSubject, moment: Moment): HeldSubject {
    const state = tables[scope].find(scope === 'address' ? addressSubject(subject) : subject, moment);
    if (state.limits !== limits) bind({ state, scope, limits, moment });
    return { scope, state };
  }

  function findAll(subjects: readonly LimitSubject[], moment: Moment): readonly HeldSubject[] {
    refuseDoubles(subjects);
    return subjects.map((subject) => find(subject, moment));
  }

  return {
    enter({ subjects, spends }): Admission | LimitRefusal {
      const moment = now();
      const held = findAll(subjects, moment);
      return findEntryRefusal(held, spends, moment) ?? new Held(held, moment, now);
    },
    admit({ subjects, ...demand }: AdmitRequest): Admission | LimitRefusal {
      const moment = now();
      const held = findAll(subjects, moment);
      const refusal = worse(findEntryRefusal(held, false, moment), findDemandRefusal(held, demand, moment));
      if (refusal) return refusal;
      const admission = new Held(held, moment, now);
      admission.reserve(demand);
      return admission;
    },
    get counters() {
      return Object.values(tables).reduce((sum, { size }) => sum + size, 0);
    },
  };
}
