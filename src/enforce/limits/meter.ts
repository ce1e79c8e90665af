import type { Rate } from '../../kernel/index.ts';
import * as calendar from './calendar.ts';
import * as rolling from './rolling.ts';

export type Measure = 'requests' | 'tokens' | 'cost';

/** The two clocks at one moment: durations by the one that never steps back, days and months by UTC. */
export interface Moment {
  readonly elapsedMs: number;
  readonly epochMs: number;
}

/** One rate of a limit set, made ready to count by. */
export interface MeterSpec {
  readonly measure: Measure;
  readonly rate: Rate;
  /** The name of the limit in the headers. */
  readonly name: string;
  /** The value of `RateLimit-Policy`. */
  readonly policyText: string;
}

/** What is counted for one rate of one subject. Plain data, so that a hundred thousand of them stay small. */
export type Meter = rolling.RollingMeter | calendar.CalendarMeter;

/** Milliseconds until `quantity` fits; 0 where it fits now. Never asked for more than the whole limit. */
export function waitFor(meter: Meter, quantity: number, moment: Moment): number {
  return meter.kind === 'rolling'
    ? rolling.waitFor(meter, quantity, moment.elapsedMs)
    : calendar.waitFor(meter, quantity, moment.epochMs);
}

/** Takes without asking. Returns the window it was taken from, which `settle` needs. */
export function take(meter: Meter, quantity: number, moment: Moment): number {
  return meter.kind === 'rolling'
    ? rolling.take(meter, quantity, moment.elapsedMs)
    : calendar.take(meter, quantity, moment.epochMs);
}

/** What was taken and what was used in its place. */
export interface Settlement {
  readonly reserved: number;
  readonly used: number;
  readonly window: number;
}

export function settle(meter: Meter, settlement: Settlement, moment: Moment): void {
  if (meter.kind === 'rolling') rolling.settle(meter, settlement, moment.elapsedMs);
  else calendar.settle(meter, settlement, moment.epochMs);
}

/** What is left now, never below zero. */
export function remaining(meter: Meter, moment: Moment): number {
  return meter.kind === 'rolling'
    ? rolling.remaining(meter, moment.elapsedMs)
    : calendar.remaining(meter, moment.epochMs);
}

/** Milliseconds until the whole limit is there again, if nothing more is used. */
export function resetMs(meter: Meter, moment: Moment): number {
  return meter.kind === 'rolling'
    ? rolling.resetMs(meter, moment.elapsedMs)
    : calendar.resetMs(meter, moment.epochMs);
}

/** Whether the meter says nothing that a new one would not say, so that it can be dropped. */
export function isIdle(meter: Meter, moment: Moment): boolean {
  return meter.kind === 'rolling'
    ? rolling.isIdle(meter, moment.elapsedMs)
    : calendar.isIdle(meter, moment.epochMs);
}
