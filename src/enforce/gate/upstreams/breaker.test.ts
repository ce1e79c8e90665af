import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createManualClock } from '../../../../test/support/clock.ts';
import { createBreaker } from './breaker.ts';
import { createRetryBudget } from './retry-budget.ts';

function start(failures = 3) {
  const clock = createManualClock();
  const breaker = createBreaker({ failures, pauseMs: 1000, clock });
  const fail = (times = 1) => {
    for (let time = 0; time < times; time++) {
      breaker.begin();
      breaker.failed();
    }
  };
  return { clock, breaker, fail };
}

describe('a circuit', () => {
  it('opens after failures in a row', () => {
    const { breaker, fail } = start();
    fail(2);
    assert.equal(breaker.state, 'closed');
    fail();
    assert.equal(breaker.state, 'open');
    assert.ok(!breaker.available());
  });

  it('stays closed while a success comes between', () => {
    const { breaker, fail } = start();
    for (let round = 0; round < 10; round++) {
      fail(2);
      breaker.succeeded();
    }
    assert.equal(breaker.state, 'closed');
  });

  it('lets one call try after the pause, and closes when it succeeds', () => {
    const { clock, breaker, fail } = start();
    fail(3);
    clock.advance(999);
    assert.ok(!breaker.available());
    clock.advance(1);
    assert.equal(breaker.state, 'half-open');
    assert.ok(breaker.available());
    breaker.begin();
    assert.ok(!breaker.available(), 'a second call would try too');
    breaker.succeeded();
    assert.equal(breaker.state, 'closed');
    fail(2);
    assert.equal(breaker.state, 'closed', 'it counts from the start again');
  });

  it('opens again for a whole pause when the try fails', () => {
    const { clock, breaker, fail } = start();
    fail(3);
    clock.advance(1000);
    fail();
    clock.advance(999);
    assert.equal(breaker.state, 'open');
    clock.advance(1);
    assert.ok(breaker.available());
  });

  it('lets another call try when the one that tried was left by its caller', () => {
    const { clock, breaker, fail } = start();
    fail(3);
    clock.advance(1000);
    breaker.begin();
    breaker.abandoned();
    assert.ok(breaker.available());
  });
});

describe('retries', () => {
  it('are a few at the start, then a share of calls', () => {
    const budget = createRetryBudget();
    let spent = 0;
    while (budget.spend()) spent++;
    assert.equal(spent, 10);
    for (let call = 0; call < 1000; call++) {
      budget.earn(0.25);
      if (budget.spend()) spent++;
    }
    assert.equal(spent, 10 + 250);
  });

  it('are not saved up without bound', () => {
    const budget = createRetryBudget();
    for (let call = 0; call < 100_000; call++) budget.earn(1);
    let spent = 0;
    while (budget.spend()) spent++;
    assert.equal(spent, 100);
  });

  it('are none where the policy gives no share', () => {
    const budget = createRetryBudget();
    while (budget.spend());
    for (let call = 0; call < 100; call++) budget.earn(0);
    assert.ok(!budget.spend());
  });
});
