import { noLimits } from './limit-set.ts';
import type { LimitSet } from './limits.ts';
import { isIdle, type Meter, type Moment } from './meter.ts';

/** All that is counted for one subject: a key, a role, a route, an address. */
export interface SubjectState {
  /** Empty where several subjects are counted together. */
  readonly subject: string;
  limits: LimitSet;
  meters: readonly Meter[];
  inFlight: number;
}

export interface SubjectTableOptions {
  /** Subjects counted on their own. */
  readonly capacity: number;
  /** The wider subject one is counted under while the table is full. */
  widen(subject: string): string;
}

export interface SubjectTable {
  find(subject: string, moment: Moment): SubjectState;
  readonly size: number;
}

function create(subject: string): SubjectState {
  return { subject, limits: noLimits, meters: [], inFlight: 0 };
}

const stepsOnCreate = 4;
const callsPerStep = 16;

/**
 * The counters of one scope, bounded. A state is dropped only when it is idle: when a new one would say the same. So nobody gains by
 * making Surety forget. While the table is full of states that are not, newcomers are counted together under their wider subject (an
 * address under its network), and, when there are too many of those, all together: a flood from many addresses can make
 * newcomers wait, but can neither fill the memory nor refill anyone's limit.
 *
 * Dropping is spread over the calls, a few looks each, so that no call pays for a sweep of the table.
 */
export function createSubjectTable({ capacity, widen }: SubjectTableOptions): SubjectTable {
  const own = createSweptMap();
  const wider = createSweptMap();
  const everyone = create('');
  let calls = 0;

  function findWider(subject: string, moment: Moment): SubjectState {
    const network = widen(subject);
    const known = wider.states.get(network);
    if (known) return known;
    wider.sweep(stepsOnCreate, moment);
    if (wider.states.size >= capacity) return everyone;
    const state = create('');
    wider.states.set(network, state);
    return state;
  }

  return {
    find(subject, moment) {
      if (++calls % callsPerStep === 0) {
        own.sweep(1, moment);
        wider.sweep(1, moment);
      }
      const known = own.states.get(subject);
      if (known) return known;
      own.sweep(stepsOnCreate, moment);
      if (own.states.size >= capacity) return findWider(subject, moment);
      const state = create(subject);
      own.states.set(subject, state);
      return state;
    },
    get size() {
      return own.states.size + wider.states.size;
    },
  };
}

function isStateIdle(state: SubjectState, moment: Moment): boolean {
  if (state.inFlight > 0) return false;
  for (const meter of state.meters) if (!isIdle(meter, moment)) return false;
  return true;
}

/** A map with a hand that goes round it. Map iterators see what is added and skip what is removed while they stand. */
function createSweptMap() {
  const states = new Map<string, SubjectState>();
  let hand = states.entries();
  return {
    states,
    sweep(steps: number, moment: Moment): void {
      for (let step = 0; step < steps; step++) {
        const next = hand.next();
        if (next.done) {
          hand = states.entries();
          return;
        }
        const [subject, state] = next.value;
        if (isStateIdle(state, moment)) states.delete(subject);
      }
    },
  };
}
