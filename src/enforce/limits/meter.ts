import * as calendar from './calendar.ts';
import type { Settlement } from './meter-spec.ts';
import * as rolling from './rolling.ts';

/** The two clocks at one moment: durations by the one that never steps back, days and months by UTC. */
export interface Moment {
  readonly elapsedMs: number;
  readonly epochMs: number;
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

export function settle(meter: Meter, settlement: Settlement, moment: Moment): void {
  if (meter.kind === 'rolling') rolling.settle(meter, settlement, moment.elapsedMs);
  else calendar.settle(meter, settlement, moment.epochMs);
}

/** Takes a request back that reached no service, where it is counted in a calendar window that has not ended. */
export function giveBack(
  meter: Meter,
  { quantity, window }: { readonly quantity: number; readonly window: number },
  moment: Moment,
): void {
  if (meter.kind === 'calendar')
    calendar.settle(meter, { reserved: quantity, used: 0, window }, moment.epochMs);
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
