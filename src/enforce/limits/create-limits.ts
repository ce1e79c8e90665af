import { addressSubject, type Clock, networkSubject } from '../../kernel/index.ts';
import { createMeterBinder, type UsedSoFar } from './bind.ts';
import { concurrencyHeaders, meterHeaders, tightest } from './headers.ts';
import type {
  Admission,
  AdmitRequest,
  LimitHeaders,
  LimitRefusal,
  LimitScope,
  LimitSubject,
  Limits,
  Usage,
} from './limits.ts';
import { type Meter, type Moment, settle, take, waitFor } from './meter.ts';
import { createSubjectTable, type SubjectState, type SubjectTable } from './subjects.ts';

export interface LimitsOptions {
  readonly clock: Clock;
  /** What a key, role, team or route used in the present UTC day or month: from the ledger, so that a restart gives no fresh budget. */
  readonly usedSoFar: UsedSoFar;
  /** Subjects of one scope counted on their own; beyond it newcomers are counted together. */
  readonly capacity?: number;
}

const concurrencyRetryMs = 1000;

function estimateFor(meter: Meter, { tokens, costNanoUsd }: AdmitRequest): number {
  if (meter.spec.measure === 'requests') return 1;
  const estimate = meter.spec.measure === 'tokens' ? tokens : costNanoUsd;
  const whole = meter.spec.rate.amount;
  // An estimate above the whole limit reserves the whole limit: a small limit admits a call, alone. What is no number does too.
  return estimate <= whole ? Math.max(0, estimate) : whole;
}

/** The worst of what stands in the way; undefined where nothing does. */
function findRefusal(
  states: readonly SubjectState[],
  request: AdmitRequest,
  moment: Moment,
): LimitRefusal | undefined {
  let refusal: LimitRefusal | undefined;
  for (let index = 0; index < states.length; index++) {
    const { limits, meters, inFlight } = states[index] as SubjectState;
    const { scope } = request.subjects[index] as LimitSubject;
    const { concurrency } = limits;
    if (concurrency !== undefined && inFlight >= concurrency && !refusal) {
      const headers = concurrencyHeaders(scope, concurrency);
      const limit = `${scope}-concurrency`;
      refusal = {
        ok: false,
        measure: 'concurrency',
        scope,
        limit,
        retryAfterMs: concurrencyRetryMs,
        headers,
      };
    }
    for (const meter of meters) {
      const quantity = estimateFor(meter, request);
      // A call that counts nothing here (a list of models) is not stopped by what others used.
      const waitMs = quantity > 0 ? waitFor(meter, quantity, moment) : 0;
      if (waitMs <= 0 || (refusal && waitMs <= refusal.retryAfterMs)) continue;
      const headers = meterHeaders(meter, moment, waitMs);
      const { measure, rate } = meter.spec;
      const limit = `${scope}-${measure}-${rate.per}`;
      refusal = { ok: false, measure, scope, limit, retryAfterMs: waitMs, headers };
    }
  }
  return refusal;
}

interface Reservation {
  readonly meter: Meter;
  readonly quantity: number;
  readonly window: number;
}

const nothingReserved: readonly Reservation[] = [];

/** Takes everything the call needs. Only what is settled later is remembered. */
function reserve(
  states: readonly SubjectState[],
  request: AdmitRequest,
  moment: Moment,
): readonly Reservation[] {
  let reservations: Reservation[] | undefined;
  for (const state of states) {
    state.inFlight += 1;
    for (const meter of state.meters) {
      const quantity = estimateFor(meter, request);
      const window = take(meter, quantity, moment);
      if (meter.spec.measure !== 'requests') (reservations ??= []).push({ meter, quantity, window });
    }
  }
  return reservations ?? nothingReserved;
}

function reservedTokens(reservations: readonly Reservation[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { meter, quantity } of reservations) {
    if (meter.spec.measure === 'tokens' && quantity < least) least = quantity;
  }
  return least;
}

/** What is not a count of anything keeps the reservation: a broken figure must not give tokens back. */
function usedOf(meter: Meter, quantity: number, used: Usage): number {
  const amount = meter.spec.measure === 'tokens' ? used.tokens : used.costNanoUsd;
  return amount >= 0 && amount <= Number.MAX_SAFE_INTEGER ? amount : quantity;
}

/** A class, because two are made for every call. */
class Reserved implements Admission {
  readonly ok = true;
  readonly reservedTokens: number;
  readonly #states: readonly SubjectState[];
  readonly #reservations: readonly Reservation[];
  readonly #now: () => Moment;
  #settled = false;

  constructor(states: readonly SubjectState[], reservations: readonly Reservation[], now: () => Moment) {
    this.#states = states;
    this.#reservations = reservations;
    this.#now = now;
    this.reservedTokens = reservedTokens(reservations);
  }

  headers(): LimitHeaders | undefined {
    const moment = this.#now();
    const meter = tightest(this.#states, moment);
    return meter && meterHeaders(meter, moment);
  }

  settle(used: Usage): void {
    if (this.#settled) return;
    this.#settled = true;
    for (const state of this.#states) state.inFlight -= 1;
    if (this.#reservations.length === 0) return;
    const moment = this.#now();
    for (const { meter, quantity, window } of this.#reservations) {
      settle(meter, { reserved: quantity, used: usedOf(meter, quantity, used), window }, moment);
    }
  }
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

/** Counters in the memory of one process. Synchronous, no I/O: the answer to `admit` is final when it returns. */
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

  function find({ scope, subject, limits }: LimitSubject, moment: Moment): SubjectState {
    const state = tables[scope].find(scope === 'address' ? addressSubject(subject) : subject, moment);
    if (state.limits !== limits) bind({ state, scope, limits, moment });
    return state;
  }

  return {
    admit(request) {
      refuseDoubles(request.subjects);
      const moment = now();
      const states = request.subjects.map((subject) => find(subject, moment));
      const refusal = findRefusal(states, request, moment);
      if (refusal) return refusal;
      return new Reserved(states, reserve(states, request, moment), now);
    },
    get counters() {
      return Object.values(tables).reduce((sum, { size }) => sum + size, 0);
    },
  };
}
