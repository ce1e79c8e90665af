import type { MeterSpec, Settlement } from './meter-spec.ts';

/** A counter for the present UTC day or month. What is reserved counts as used until it is settled. */
export interface CalendarMeter {
  readonly kind: 'calendar';
  spec: MeterSpec;
  windowStart: number;
  windowEnd: number;
  used: number;
}

export type CalendarWindow = 'day' | 'month';

/** Where the UTC day or month of this moment begins and ends. */
export function calendarWindow(per: CalendarWindow, epochMs: number): { start: number; end: number } {
  const date = new Date(epochMs);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return per === 'day'
    ? { start: Date.UTC(year, month, day), end: Date.UTC(year, month, day + 1) }
    : { start: Date.UTC(year, month, 1), end: Date.UTC(year, month + 1, 1) };
}

function windowOf(spec: MeterSpec, epochMs: number): { start: number; end: number } {
  const { per } = spec.rate;
  if (per !== 'day' && per !== 'month') throw new TypeError('a rolling rate is not a calendar one');
  return calendarWindow(per, epochMs);
}

/** `used` is what was used in the present window before this meter was made. */
export function createCalendarMeter(spec: MeterSpec, used: number, epochMs: number): CalendarMeter {
  const { start, end } = windowOf(spec, epochMs);
  return { kind: 'calendar', spec, windowStart: start, windowEnd: end, used };
}

/** A new window begins empty. A clock set back opens no new window: what was used stays used. */
function turn(meter: CalendarMeter, epochMs: number): void {
  if (epochMs >= meter.windowStart && epochMs < meter.windowEnd) return;
  if (epochMs >= meter.windowEnd) meter.used = 0;
  const { start, end } = windowOf(meter.spec, epochMs);
  meter.windowStart = start;
  meter.windowEnd = end;
}

export function waitFor(meter: CalendarMeter, quantity: number, epochMs: number): number {
  turn(meter, epochMs);
  return meter.used + quantity > meter.spec.rate.amount ? meter.windowEnd - epochMs : 0;
}

export function take(meter: CalendarMeter, quantity: number, epochMs: number): number {
  turn(meter, epochMs);
  meter.used += quantity;
  return meter.windowStart;
}

/** A call that ends in a later window than it began in is charged to the later one, as the usage table does. */
export function settle(meter: CalendarMeter, settlement: Settlement, epochMs: number): void {
  turn(meter, epochMs);
  const { reserved, used, window } = settlement;
  meter.used = Math.max(0, meter.used + used - (window === meter.windowStart ? reserved : 0));
}

export function remaining(meter: CalendarMeter, epochMs: number): number {
  turn(meter, epochMs);
  return Math.max(0, meter.spec.rate.amount - meter.used);
}

export function resetMs(meter: CalendarMeter, epochMs: number): number {
  turn(meter, epochMs);
  return meter.windowEnd - epochMs;
}

export function isIdle(meter: CalendarMeter, epochMs: number): boolean {
  turn(meter, epochMs);
  return meter.used === 0;
}
