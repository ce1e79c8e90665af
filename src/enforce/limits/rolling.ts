import { rollingWindowMs } from '../../kernel/index.ts';
import type { MeterSpec, Settlement } from './meter-spec.ts';

/**
 * A rolling rate by GCRA (ITU-T I.371; the virtual scheduling form). One number says everything: the theoretical arrival time
 * (`tat`), at which all that was taken has drained. With T = window / amount, taking q moves it by q·T; q fits while the moved tat
 * lies at most one window ahead. So the whole amount may be taken at once, and then drips back: in no stretch of time L is more
 * taken than amount·(1 + L / window), that is in any one window less than twice the amount.
 */
export interface RollingMeter {
  readonly kind: 'rolling';
  spec: MeterSpec;
  windowMs: number;
  /** T: how long one unit takes to drip back. */
  spacingMs: number;
  tat: number;
}

/** A microsecond, so that n takings of window / n, each rounded, still fill a window exactly. It cannot add up: tat moves in full. */
const toleranceMs = 0.001;

function windowOf(spec: MeterSpec): number {
  const { per } = spec.rate;
  if (per === 'day' || per === 'month') throw new TypeError('a calendar rate is not a rolling one');
  return rollingWindowMs[per];
}

export function createRollingMeter(spec: MeterSpec): RollingMeter {
  const windowMs = windowOf(spec);
  return { kind: 'rolling', spec, windowMs, spacingMs: windowMs / spec.rate.amount, tat: 0 };
}

/** The policy says another amount: what is taken stays taken. */
export function respecify(meter: RollingMeter, spec: MeterSpec, elapsedMs: number): void {
  const taken = Math.max(0, meter.tat - elapsedMs) / meter.spacingMs;
  meter.spec = spec;
  meter.spacingMs = meter.windowMs / spec.rate.amount;
  meter.tat = elapsedMs + taken * meter.spacingMs;
}

export function waitFor(meter: RollingMeter, quantity: number, elapsedMs: number): number {
  const base = meter.tat > elapsedMs ? meter.tat : elapsedMs;
  const over = base + quantity * meter.spacingMs - meter.windowMs - elapsedMs;
  return over > toleranceMs ? over : 0;
}

export function take(meter: RollingMeter, quantity: number, elapsedMs: number): number {
  const base = meter.tat > elapsedMs ? meter.tat : elapsedMs;
  meter.tat = base + quantity * meter.spacingMs;
  return 0;
}

/** Gives back what was reserved and not used; charges what was used beyond it, even past the limit: then later calls wait it off. */
export function settle(meter: RollingMeter, { reserved, used }: Settlement, elapsedMs: number): void {
  const base = meter.tat > elapsedMs ? meter.tat : elapsedMs;
  meter.tat = (used > reserved ? base : meter.tat) + (used - reserved) * meter.spacingMs;
}

export function remaining(meter: RollingMeter, elapsedMs: number): number {
  const ahead = Math.max(0, meter.tat - elapsedMs);
  return Math.max(0, Math.floor((meter.windowMs - ahead + toleranceMs) / meter.spacingMs));
}

export function resetMs(meter: RollingMeter, elapsedMs: number): number {
  return Math.max(0, meter.tat - elapsedMs);
}

export function isIdle(meter: RollingMeter, elapsedMs: number): boolean {
  return meter.tat <= elapsedMs;
}
