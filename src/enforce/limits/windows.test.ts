import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { admitted, key, limitSet, refused, start } from '../../../test/support/limits.ts';
import { mergeLimitSets } from './index.ts';
import { noLimits } from './limit-set.ts';

describe('calendar windows', () => {
  const limits = limitSet({ requests: [{ amount: 2, per: 'day' }] });
  const evening = Date.UTC(2026, 0, 31, 23, 59, 0);

  test('a day begins at midnight UTC, and the wait is told to it', () => {
    const { admit, clock } = start({ startAt: evening });
    for (let call = 0; call < 2; call++) admitted(admit([key(limits)]));
    assert.equal(refused(admit([key(limits)])).retryAfterMs, 60_000);
    clock.advance(60_000);
    for (let call = 0; call < 2; call++) admitted(admit([key(limits)]));
    assert.equal(refused(admit([key(limits)])).retryAfterMs, 86_400_000);
  });

  test('a month is as long as it is', () => {
    const monthly = limitSet({ requests: [{ amount: 1, per: 'month' }] });
    const { admit } = start({ startAt: Date.UTC(2028, 1, 1) });
    admitted(admit([key(monthly)]));
    assert.equal(refused(admit([key(monthly)])).retryAfterMs, 29 * 86_400_000);
  });

  test('a call over midnight is charged to the day it ends in', () => {
    const daily = limitSet({ tokens: [{ amount: 100, per: 'day' }] });
    const { admit, clock } = start({ startAt: evening });
    const call = admitted(admit([key(daily)], 100));
    clock.advance(60_000);
    admitted(admit([key(daily)], 0));
    call.settle({ tokens: 70, costNanoUsd: 0 });
    refused(admit([key(daily)], 31));
    admitted(admit([key(daily)], 30));
  });

  test('a clock set back does not refill a budget', () => {
    const { admit, clock } = start({ startAt: Date.UTC(2026, 0, 31, 0, 0, 1) });
    for (let call = 0; call < 2; call++) admitted(admit([key(limits)]));
    clock.advance(-2000);
    refused(admit([key(limits)]));
  });

  test('a clock that goes back and forth, by however much, refills no day', () => {
    const dayMs = 86_400_000;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 30 }), (steps) => {
        const { admit, clock } = start({ startAt: Date.UTC(2026, 5, 15, 12) });
        const used = new Map<number, number>();
        for (const step of [0, ...steps]) {
          clock.advance(step * dayMs);
          const day = Math.floor(clock.now() / dayMs);
          for (let call = 0; call < 3; call++)
            if (admit([key(limits)]).ok) used.set(day, (used.get(day) ?? 0) + 1);
        }
        for (const count of used.values()) assert.ok(count <= 2, 'a day was refilled');
      }),
    );
  });

  test('what a call reserved before the clock moved is given back where it was reserved', () => {
    const daily = limitSet({ tokens: [{ amount: 100, per: 'day' }] });
    const { admit, clock } = start({ startAt: Date.UTC(2026, 5, 15, 23, 59) });
    const call = admitted(admit([key(daily)], 100));
    clock.advance(120_000);
    admitted(admit([key(daily)], 1)).settle({ tokens: 0, costNanoUsd: 0 });
    call.settle({ tokens: 30, costNanoUsd: 0 });
    refused(admit([key(daily)], 71));
    clock.advance(-120_000);
    admitted(admit([key(daily)], 100));
  });
});

describe('loading a policy', () => {
  test('the same limits again, or others, give nobody a fresh budget', () => {
    const { admit } = start();
    const set = (amount: number) =>
      limitSet({
        requests: [{ amount, per: 'h' }],
        tokens: [{ amount: amount * 10, per: 'day' }],
        concurrency: 9,
      });
    for (let call = 0; call < 4; call++) admitted(admit([key(set(4))], 10));
    refused(admit([key(set(4))], 10));
    admitted(admit([key(set(5))], 10));
    assert.equal(refused(admit([key(set(5))], 0)).measure, 'requests');
    refused(admit([key(set(2))], 10));
  });

  test('a call in flight keeps its place and gives back what it holds', () => {
    const { admit } = start();
    const before = limitSet({ concurrency: 1, tokens: [{ amount: 100, per: 'h' }] });
    const call = admitted(admit([key(before)], 100));
    const next = limitSet({ concurrency: 1, tokens: [{ amount: 50, per: 'h' }] });
    assert.equal(refused(admit([key(next)], 50)).measure, 'tokens');
    call.settle({ tokens: 0, costNanoUsd: 0 });
    admitted(admit([key(next)], 50));
  });

  test('of the sets that hold for one subject the tighter rates stay', () => {
    const merged = mergeLimitSets([
      limitSet({
        requests: [
          { amount: 5, per: 's' },
          { amount: 9, per: 'min' },
        ],
        concurrency: 7,
      }),
      limitSet({
        requests: [
          { amount: 6, per: 's' },
          { amount: 8, per: 'min' },
        ],
        concurrency: 3,
      }),
      noLimits,
    ]);
    assert.deepEqual(
      merged,
      limitSet({
        requests: [
          { amount: 5, per: 's' },
          { amount: 8, per: 'min' },
        ],
        concurrency: 3,
      }),
    );
    assert.deepEqual(mergeLimitSets([noLimits, noLimits]), noLimits);
  });
});
