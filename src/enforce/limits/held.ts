import { isRolling } from '../../kernel/index.ts';
import { meterHeaders, tightest } from './headers.ts';
import type { Admission, Demand, LimitHeaders, LimitRefusal, OutputQuestion, Usage } from './limits.ts';
import { giveBack, type Meter, type Moment, remaining, settle, take } from './meter.ts';
import { countsUsage, findDemandRefusal, type HeldSubject, shareOf } from './refusals.ts';

interface Reservation {
  readonly meter: Meter;
  quantity: number;
  readonly window: number;
}

const nothingReserved: readonly Reservation[] = [];

/** What is not a count of anything keeps the reservation: a broken figure must not give tokens back. */
function usedOf({ meter, quantity }: Reservation, used: Usage): number {
  const amount = meter.spec.measure === 'tokens' ? used.tokens : used.costNanoUsd;
  return amount >= 0 && amount <= Number.MAX_SAFE_INTEGER ? amount : quantity;
}

/**
 * What one call holds of its limits. entered —reserve→ reserved —settle or withdraw→ over. A class, because one or two are made for every call.
 */
export class Held implements Admission {
  readonly ok = true;
  reservedTokens = Number.POSITIVE_INFINITY;
  reservedNanoUsd = Number.POSITIVE_INFINITY;
  readonly #held: readonly HeldSubject[];
  readonly #now: () => Moment;
  readonly #requests: readonly Reservation[];
  #reservations: readonly Reservation[] = nothingReserved;
  #demand: Demand | undefined;
  #settled = false;

  /** Takes a request and a place among the calls at once; whether they are there was asked before. */
  constructor(held: readonly HeldSubject[], moment: Moment, now: () => Moment) {
    this.#held = held;
    this.#now = now;
    let requests: Reservation[] | undefined;
    for (const { state } of held) {
      state.inFlight += 1;
      for (const meter of state.meters) {
        if (countsUsage(meter)) continue;
        const window = take(meter, 1, moment);
        if (!isRolling(meter.spec.rate.per)) (requests ??= []).push({ meter, quantity: 1, window });
      }
    }
    this.#requests = requests ?? nothingReserved;
  }

  get limitsUsage(): boolean {
    return this.#held.some(({ state }) => state.meters.some(countsUsage));
  }

  outputRoom({ prompt, outputNanoUsd }: OutputQuestion): number {
    const moment = this.#now();
    let room = Number.POSITIVE_INFINITY;
    for (const { state } of this.#held) {
      for (const meter of state.meters) {
        if (!countsUsage(meter)) continue;
        const isTokens = meter.spec.measure === 'tokens';
        const share = shareOf(meter, prompt);
        if (share === undefined) return -1;
        const most = isTokens ? prompt.tokens : prompt.costNanoUsd;
        const likely = isTokens ? prompt.likelyTokens : prompt.likelyCostNanoUsd;
        // Where only the likely prompt fits, the rest of the whole amount is for the output.
        const left = remaining(meter, moment) - (most > share ? (likely ?? share) : share);
        if (isTokens) room = Math.min(room, left);
        else if (outputNanoUsd > 0 || left < 0) room = Math.min(room, left / Math.max(outputNanoUsd, 1));
      }
    }
    return Math.floor(room);
  }

  reserve(demand: Demand): LimitRefusal | undefined {
    const moment = this.#now();
    const refusal = findDemandRefusal(this.#held, demand, moment);
    if (refusal) return refusal;
    this.#demand = demand;
    this.#reservations = this.#takeDemand(demand, moment);
    for (const { meter, quantity } of this.#reservations) {
      if (meter.spec.measure === 'tokens') this.reservedTokens = Math.min(this.reservedTokens, quantity);
      else this.reservedNanoUsd = Math.min(this.reservedNanoUsd, quantity);
    }
    return undefined;
  }

  reserveAgain(): boolean {
    if (!this.#demand || this.#reservations.length === 0) return true;
    const moment = this.#now();
    if (findDemandRefusal(this.#held, this.#demand, moment)) return false;
    this.#reservations = [...this.#reservations, ...this.#takeDemand(this.#demand, moment)];
    return true;
  }

  #takeDemand(demand: Demand, moment: Moment): readonly Reservation[] {
    let reservations: Reservation[] | undefined;
    for (const { state } of this.#held) {
      for (const meter of state.meters) {
        if (!countsUsage(meter)) continue;
        const quantity = shareOf(meter, demand) ?? meter.spec.rate.amount;
        (reservations ??= []).push({ meter, quantity, window: take(meter, quantity, moment) });
      }
    }
    return reservations ?? nothingReserved;
  }

  headers(): LimitHeaders | undefined {
    const moment = this.#now();
    const meter = tightest(this.#held, moment);
    return meter && meterHeaders(meter, moment);
  }

  settle(used: Usage): void {
    if (!this.#leave() || this.#reservations.length === 0) return;
    const moment = this.#now();
    const settled = new Set<Meter>();
    for (const reservation of this.#reservations) {
      const { meter, quantity, window } = reservation;
      // Of several reservations under one meter the first takes what was used; the others are given back whole.
      const amount = settled.has(meter) ? 0 : usedOf(this.#joined(reservation), used);
      settled.add(meter);
      settle(meter, { reserved: quantity, used: amount, window }, moment);
    }
  }

  /** All that is reserved under one meter, for a figure that is no count. */
  #joined({ meter, window }: Reservation): Reservation {
    let quantity = 0;
    for (const other of this.#reservations) if (other.meter === meter) quantity += other.quantity;
    return { meter, quantity, window };
  }

  withdraw(): void {
    if (!this.#leave()) return;
    const moment = this.#now();
    for (const { meter, quantity, window } of this.#reservations)
      settle(meter, { reserved: quantity, used: 0, window }, moment);
    for (const { meter, quantity, window } of this.#requests) giveBack(meter, { quantity, window }, moment);
  }

  #leave(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    for (const { state } of this.#held) state.inFlight -= 1;
    return true;
  }
}
