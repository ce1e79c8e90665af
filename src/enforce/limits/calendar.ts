import type { MeterSpec, Settlement } from './meter-spec.ts';

/** A counter for the present UTC day or month. What is reserved counts as used until it is settled. */
export interface CalendarMeter {
  readonly kind: 'calendar';
  spec: MeterSpec;
  windowStart: number;
  windowEnd: number;
  used: number;
  /** Windows the clock was in and left, by their start; made only where a clock leaves one. */
  others: Map<number, number> | undefined;
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
  return { kind: 'calendar', spec, windowStart: start, windowEnd: end, used, others: undefined };
}

/** Windows remembered beside the present one, for a clock that goes back and forth. */
const maxOtherWindows = 8;

/**
 * A clock that moves to another window. A later one begins empty, once: what was used in a window stays used however often the clock leaves it and comes back.
 * An earlier one that this meter has not seen begins with what is used now, so that setting a clock back gives nothing.
 */
function turn(meter: CalendarMeter, epochMs: number): void {
  if (epochMs >= meter.windowStart && epochMs < meter.windowEnd) return;
  const others: Map<number, number> = (meter.others ??= new Map<number, number>());
  others.set(meter.windowStart, meter.used);
  const { start, end } = windowOf(meter.spec, epochMs);
  meter.used = others.get(start) ?? (epochMs >= meter.windowEnd ? 0 : meter.used);
  others.delete(start);
  meter.windowStart = start;
  meter.windowEnd = end;
  if (others.size > maxOtherWindows) others.delete(Math.min(...others.keys()));
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

/**
 * A call that ends in another window than it began in is charged to the one it ends in, as the usage table does; what it reserved is given back where it was
 * reserved, if that window is still remembered.
 */
export function settle(meter: CalendarMeter, settlement: Settlement, epochMs: number): void {
  turn(meter, epochMs);
  const { reserved, used, window } = settlement;
  if (window === meter.windowStart) {
    meter.used = Math.max(0, meter.used + used - reserved);
    return;
  }
  meter.used += used;
  const there = meter.others?.get(window);
  if (there !== undefined) meter.others?.set(window, Math.max(0, there - reserved));
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
