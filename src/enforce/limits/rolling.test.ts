import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Rate } from '../../kernel/index.ts';
import type { MeterSpec } from './meter-spec.ts';
import { createRollingMeter, isIdle, remaining, respecify, settle, take, waitFor } from './rolling.ts';

const spec = (amount: number, per: Rate['per'] = 's'): MeterSpec => ({
  measure: 'requests',
  rate: { amount, per },
  name: '"x"',
  policyText: '',
});

/** Steps of time and quantities, as a caller bent on getting the most would choose them. */
const attempts = fc.array(fc.record({ pauseMs: fc.nat(1500), quantity: fc.integer({ min: 1, max: 20 }) }), {
  maxLength: 300,
});

test('in no stretch of time is more taken than the amount and the drip of that time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 200 }), attempts, (amount, steps) => {
      const meter = createRollingMeter(spec(amount));
      const taken: { at: number; quantity: number }[] = [];
      let now = 0;
      for (const { pauseMs, quantity } of steps) {
        now += pauseMs;
        if (waitFor(meter, quantity, now) > 0) continue;
        take(meter, quantity, now);
        taken.push({ at: now, quantity });
      }
      for (const [first, { at }] of taken.entries()) {
        let sum = 0;
        for (const later of taken.slice(first)) {
          sum += later.quantity;
          const bound = amount * (1 + (later.at - at) / 1000);
          assert.ok(sum <= bound + 0.01, `${sum} taken where ${bound} were allowed`);
        }
      }
    }),
  );
});

test('exactly the amount fits at once, for every amount', () => {
  for (const amount of [1, 3, 7, 49, 600, 999]) {
    const meter = createRollingMeter(spec(amount, 'min'));
    let admitted = 0;
    while (waitFor(meter, 1, 0) === 0) {
      take(meter, 1, 0);
      admitted += 1;
    }
    assert.equal(admitted, amount);
    assert.equal(remaining(meter, 0), 0);
  }
});

test('who waits as long as told is admitted, and a moment earlier is not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat(3000), (amount, laterMs) => {
      const meter = createRollingMeter(spec(amount));
      take(meter, amount, 0);
      take(meter, Math.ceil(amount / 2), 0);
      const waitMs = waitFor(meter, 1, laterMs);
      assert.equal(waitFor(meter, 1, laterMs + waitMs), 0);
      if (waitMs > 1) assert.ok(waitFor(meter, 1, laterMs + waitMs - 1) > 0);
    }),
  );
});

test('reserving and settling is the same as taking what was used', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(2000), fc.nat(500), (reserved, used, beforehand) => {
      const settled = createRollingMeter(spec(1000));
      const direct = createRollingMeter(spec(1000));
      for (const meter of [settled, direct]) take(meter, beforehand, 0);
      take(settled, reserved, 0);
      settle(settled, { reserved, used, window: 0 }, 0);
      take(direct, used, 0);
      assert.ok(Math.abs(settled.tat - direct.tat) < 1e-6);
    }),
  );
});

test('giving back never leaves more than the whole amount', () => {
  const meter = createRollingMeter(spec(10));
  take(meter, 10, 0);
  settle(meter, { reserved: 10, used: 0, window: 0 }, 5000);
  assert.equal(remaining(meter, 5000), 10);
  assert.ok(isIdle(meter, 5000));
});

test('what was used beyond the reservation is waited off, also when it drained meanwhile', () => {
  const meter = createRollingMeter(spec(10));
  take(meter, 1, 0);
  settle(meter, { reserved: 1, used: 31, window: 0 }, 60_000);
  assert.ok(Math.abs(waitFor(meter, 1, 60_000) - 2100) < 0.01);
});

test('another amount keeps what was taken', () => {
  const meter = createRollingMeter(spec(100));
  take(meter, 80, 0);
  respecify(meter, spec(90), 0);
  assert.equal(remaining(meter, 0), 10);
  respecify(meter, spec(50), 0);
  assert.equal(remaining(meter, 0), 0);
});

test('counts stay right when the process has run for a year', () => {
  const year = 31_536_000_000;
  const meter = createRollingMeter({ ...spec(50_000_000_000, 'h'), measure: 'cost' });
  take(meter, 50_000_000_000, year);
  assert.ok(remaining(meter, year) < 1000);
  settle(meter, { reserved: 50_000_000_000, used: 10_000_000_000, window: 0 }, year);
  assert.ok(Math.abs(remaining(meter, year) - 40_000_000_000) < 100_000);
});
