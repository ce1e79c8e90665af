import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Rate } from '../../kernel/index.ts';
import { admitted, key, limitSet, refused, start } from '../../../test/support/limits.ts';
import { callerSubject, type LimitSubject } from './index.ts';
import { noLimits } from './limit-set.ts';

describe('requests', () => {
  const limits = limitSet({ requests: [{ amount: 3, per: 's' }] });

  test('the fourth of three a second is refused and told when to come', () => {
    const { admit, clock } = start();
    for (let call = 0; call < 3; call++) admitted(admit([key(limits)]));
    const refusal = refused(admit([key(limits)]));
    assert.equal(refusal.measure, 'requests');
    assert.equal(refusal.scope, 'key');
    assert.ok(Math.abs(refusal.retryAfterMs - 1000 / 3) < 0.01);
    clock.advance(refusal.retryAfterMs);
    admitted(admit([key(limits)]));
  });

  test('several rates hold together, and the longest wait is told', () => {
    for (const order of [0, 1]) {
      const rates: Rate[] = [
        { amount: 4, per: 's' },
        { amount: 4, per: 'h' },
      ];
      const both = limitSet({ requests: order === 0 ? rates : rates.toReversed() });
      const { admit } = start();
      for (let call = 0; call < 4; call++) admitted(admit([key(both)]));
      assert.ok(Math.abs(refused(admit([key(both)])).retryAfterMs - 900_000) < 0.01);
    }
  });

  test('one key does not use up the limit of another', () => {
    const { admit } = start();
    for (let call = 0; call < 3; call++) admitted(admit([key(limits)]));
    refused(admit([key(limits)]));
    admitted(admit([key(limits, 'key_2')]));
  });

  test('a token that calls as one role and then as another starts neither count anew', () => {
    const { admit } = start();
    const asOne = key(limits, callerSubject('person_1', 'one'));
    const asOther = key(
      limitSet({ tokens: [{ amount: 100, per: 'min' }] }),
      callerSubject('person_1', 'other'),
    );
    for (let call = 0; call < 3; call++) {
      admitted(admit([asOne]));
      admitted(admit([asOther], 1));
    }
    refused(admit([asOne]));
    assert.equal(callerSubject('key_1', 'one'), 'key_1');
  });
});

describe('all or nothing', () => {
  test('a refusal by one limit takes nothing from the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 20 }), (blocking, calls) => {
        const { admit } = start();
        const wide = limitSet({
          requests: [{ amount: 5, per: 'h' }],
          tokens: [{ amount: 100, per: 'day' }],
          concurrency: 5,
        });
        const tight = limitSet({ concurrency: 1 });
        const subjects: LimitSubject[] = [
          { scope: 'key', subject: 'key_1', limits: blocking === 1 ? tight : wide },
          { scope: 'role', subject: 'developer', limits: blocking === 2 ? tight : wide },
          { scope: 'route', subject: '/v1/**', limits: blocking === 3 ? tight : wide },
        ];
        const first = admitted(admit(subjects, 10));
        for (let call = 0; call < calls; call++) refused(admit(subjects, 10));
        first.settle({ tokens: 10, costNanoUsd: 0 });
        // Four requests are left under every wide limit, one after the other.
        for (let call = 0; call < 4; call++)
          admitted(admit(subjects, 10)).settle({ tokens: 10, costNanoUsd: 0 });
        assert.equal(refused(admit(subjects, 10)).measure, 'requests');
      }),
    );
  });

  test('a subject named twice in one call is a mistake and is not charged twice in silence', () => {
    const { admit } = start();
    assert.throws(() => admit([key(noLimits), key(noLimits)]), /named twice/);
  });
});

describe('concurrency', () => {
  test('it never leaks: after any order of calls and ends as many fit as at first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 60 }), (choices) => {
        const { admit } = start();
        const limits = limitSet({ concurrency: 4 });
        const open: ReturnType<typeof admitted>[] = [];
        for (const choice of choices) {
          const ending = open[choice];
          if (ending) {
            ending.settle({ tokens: 0, costNanoUsd: 0 });
            ending.settle({ tokens: 0, costNanoUsd: 0 });
            open.splice(choice, 1);
            continue;
          }
          const result = admit([key(limits)]);
          assert.equal(result.ok, open.length < 4);
          if (result.ok) open.push(result);
        }
        for (const call of open) call.settle({ tokens: 0, costNanoUsd: 0 });
        for (let call = 0; call < 4; call++) admitted(admit([key(limits)]));
        refused(admit([key(limits)]));
      }),
    );
  });

  test('a refusal says a second', () => {
    const { admit } = start();
    const limits = limitSet({ concurrency: 1 });
    admitted(admit([key(limits)]));
    const { measure, retryAfterMs, headers } = refused(admit([key(limits)]));
    assert.deepEqual({ measure, retryAfterMs }, { measure: 'concurrency', retryAfterMs: 1000 });
    assert.equal(headers?.rateLimitPolicy, '"key-concurrency";q=1;qu="concurrent-requests"');
  });
});

describe('tokens and cost', () => {
  const perMinute = limitSet({ tokens: [{ amount: 1000, per: 'min' }] });

  test('many calls at once cannot spend more than the limit between reserving and settling', () => {
    const { admit } = start();
    const results = Array.from({ length: 20 }, () => admit([key(perMinute)], 300));
    assert.equal(results.filter(({ ok }) => ok).length, 3);
  });

  test('what was reserved and not used is given back', () => {
    const { admit } = start();
    for (let call = 0; call < 9; call++)
      admitted(admit([key(perMinute)], 200)).settle({ tokens: 100, costNanoUsd: 0 });
    assert.equal(refused(admit([key(perMinute)], 200)).measure, 'tokens');
  });

  test('a call that may use more than a whole budget is refused, and told that waiting does not help', () => {
    for (const per of ['min', 'day'] as const) {
      const { admit } = start();
      const small = limitSet({ tokens: [{ amount: 50, per }] });
      assert.equal(refused(admit([key(small)], 51)).neverFits, true);
      assert.equal(admitted(admit([key(small)], 50)).reservedTokens, 50);
      assert.equal(refused(admit([key(small)], 1)).neverFits, false);
    }
  });

  test('a rate lets a prompt through alone that usually fits; a budget does not', () => {
    const { limits } = start();
    const prompt = { tokens: 90, costNanoUsd: 0, likelyTokens: 25, likelyCostNanoUsd: 0 };
    for (const [per, fits] of [
      ['min', true],
      ['day', false],
      ['month', false],
    ] as const) {
      const subjects = [key(limitSet({ tokens: [{ amount: 50, per }] }), `key_${per}`)];
      const entered = admitted(limits.enter({ subjects, spends: true }));
      assert.equal(entered.outputRoom({ prompt, outputNanoUsd: 0 }), fits ? 25 : -1);
      const refusal = entered.reserve({ ...prompt, tokens: 115, likelyTokens: 50 });
      assert.equal(refusal === undefined, fits);
      if (fits) refused(limits.enter({ subjects, spends: true }));
    }
  });

  test('whatever is called in whatever order, a service that bills all it was allowed to stays within every budget', () => {
    const budget = 10_000;
    const step = fc.record({
      prompt: fc.integer({ min: 1, max: 4000 }),
      named: fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: undefined }),
      price: fc.integer({ min: 0, max: 3 }),
      retries: fc.nat(2),
      end: fc.constantFrom('all', 'part', 'lost', 'open'),
      reload: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { limits } = start();
        const set = () =>
          limitSet({
            tokens: [{ amount: budget, per: 'day' }],
            cost: [{ amount: 2 * budget, per: 'month' }],
          });
        let current = set();
        const billed = { tokens: 0, costNanoUsd: 0 };
        for (const { prompt, named, price, retries, end, reload } of steps) {
          if (reload) current = set();
          const call = limits.enter({ subjects: [key(current)], spends: true });
          if (!call.ok) continue;
          const likely = { likelyTokens: Math.ceil(prompt / 4), likelyCostNanoUsd: Math.ceil(prompt / 4) };
          const asked = { tokens: prompt, costNanoUsd: prompt, ...likely };
          const room = call.outputRoom({ prompt: asked, outputNanoUsd: price });
          const output = named ?? Math.max(16, Math.min(4096, room));
          const demand = { tokens: prompt + output, costNanoUsd: prompt + output * price };
          if (call.reserve(demand)) {
            call.withdraw();
            continue;
          }
          let tries = 1;
          while (tries <= retries && call.reserveAgain()) tries++;
          const share = end === 'part' ? 0.5 : 1;
          const used = {
            tokens: Math.ceil(demand.tokens * tries * share),
            costNanoUsd: Math.ceil(demand.costNanoUsd * tries * share),
          };
          billed.tokens += used.tokens;
          billed.costNanoUsd += used.costNanoUsd;
          assert.ok(billed.tokens <= budget, `${billed.tokens} tokens`);
          assert.ok(billed.costNanoUsd <= 2 * budget, `${billed.costNanoUsd} nano-dollars`);
          // A figure that never came keeps what was reserved; a call that is open holds it.
          if (end !== 'open')
            call.settle(end === 'lost' ? { tokens: Number.NaN, costNanoUsd: Number.NaN } : used);
        }
      }),
    );
  });

  test('an exhausted budget stops every call that spends, whatever it says it needs', () => {
    const { limits, admit } = start();
    const cost = limitSet({ cost: [{ amount: 100, per: 'day' }] });
    admitted(admit([key(cost)], 0, 100));
    assert.equal(refused(limits.enter({ subjects: [key(cost)], spends: true })).limit, 'key-cost-day');
    admitted(limits.enter({ subjects: [key(cost)], spends: false }));
  });

  test('the room for output is what the tightest limit leaves beside the prompt', () => {
    const { limits } = start();
    const both = limitSet({ tokens: [{ amount: 1000, per: 'day' }], cost: [{ amount: 5000, per: 'day' }] });
    const entered = admitted(limits.enter({ subjects: [key(both)], spends: true }));
    const prompt = { tokens: 100, costNanoUsd: 1000 };
    assert.equal(entered.outputRoom({ prompt, outputNanoUsd: 0 }), 900);
    assert.equal(entered.outputRoom({ prompt, outputNanoUsd: 10 }), 400);
    assert.ok(entered.outputRoom({ prompt: { tokens: 1001, costNanoUsd: 0 }, outputNanoUsd: 0 }) < 0);
    const unlimited = admitted(limits.enter({ subjects: [key(noLimits, 'key_2')], spends: true }));
    assert.equal(unlimited.outputRoom({ prompt, outputNanoUsd: 10 }), Number.POSITIVE_INFINITY);
  });

  test('a further try is reserved like the first, and refused where it does not fit', () => {
    const { limits, admit } = start();
    const entered = admitted(
      limits.enter({ subjects: [key(limitSet({ tokens: [{ amount: 250, per: 'day' }] }))], spends: true }),
    );
    assert.equal(entered.reserve({ tokens: 100, costNanoUsd: 0 }), undefined);
    assert.equal(entered.reserveAgain(), true);
    assert.equal(entered.reserveAgain(), false);
    entered.settle({ tokens: 170, costNanoUsd: 0 });
    const same = [key(limitSet({ tokens: [{ amount: 250, per: 'day' }] }))];
    refused(admit(same, 81));
    admitted(admit(same, 80));
  });

  test('a call that reached no service takes nothing from a budget, and its request stays counted under a rate', () => {
    const { limits } = start();
    const set = limitSet({
      requests: [
        { amount: 2, per: 'min' },
        { amount: 1, per: 'day' },
      ],
      tokens: [{ amount: 100, per: 'day' }],
      concurrency: 1,
    });
    for (let call = 0; call < 2; call++) {
      const entered = admitted(limits.enter({ subjects: [key(set)], spends: true }));
      assert.equal(entered.reserve({ tokens: 100, costNanoUsd: 0 }), undefined);
      entered.withdraw();
      entered.withdraw();
    }
    assert.equal(refused(limits.enter({ subjects: [key(set)], spends: true })).limit, 'key-requests-min');
  });

  test('what was used beyond the reservation is charged', () => {
    const { admit, clock } = start();
    admitted(admit([key(perMinute)], 10)).settle({ tokens: 3000, costNanoUsd: 0 });
    const { retryAfterMs } = refused(admit([key(perMinute)], 10));
    assert.ok(Math.abs(retryAfterMs - 120_600) < 1);
    clock.advance(retryAfterMs);
    admitted(admit([key(perMinute)], 10));
  });

  test('a figure that is no count keeps the reservation', () => {
    for (const tokens of [Number.NaN, -500, Number.POSITIVE_INFINITY]) {
      const { admit } = start();
      admitted(admit([key(perMinute)], 1000)).settle({ tokens, costNanoUsd: Number.NaN });
      assert.ok(refused(admit([key(perMinute)], 1000)).retryAfterMs <= 60_000);
    }
    const { admit } = start();
    refused(admit([key(perMinute)], Number.NaN));
  });

  test('a call that counts no tokens is not stopped by those of others', () => {
    const { admit } = start();
    admitted(admit([key(perMinute)], 1000));
    admitted(admit([key(perMinute)], 0));
    refused(admit([key(perMinute)], 1));
  });

  test('the reservation told is that of the tightest token limit, and endless where there is none', () => {
    const { admit } = start();
    const role: LimitSubject = {
      scope: 'role',
      subject: 'r',
      limits: limitSet({ tokens: [{ amount: 40, per: 'h' }] }),
    };
    assert.equal(admitted(admit([key(perMinute), role], 40)).reservedTokens, 40);
    assert.equal(admitted(admit([key(noLimits, 'key_2')], 100)).reservedTokens, Number.POSITIVE_INFINITY);
  });

  test('cost is limited as tokens are', () => {
    const { admit } = start();
    const dollar = limitSet({ cost: [{ amount: 1_000_000_000, per: 'day' }] });
    admitted(admit([key(dollar)], 0, 900_000_000)).settle({ tokens: 0, costNanoUsd: 999_999_999 });
    admitted(admit([key(dollar)], 0, 1)).settle({ tokens: 0, costNanoUsd: 1 });
    assert.equal(refused(admit([key(dollar)], 0, 1)).measure, 'cost');
  });
});

describe('headers', () => {
  test('they tell the tightest limit', () => {
    const { admit } = start();
    const limits = limitSet({
      requests: [{ amount: 100, per: 'min' }],
      tokens: [{ amount: 1000, per: 'h' }],
    });
    const call = admitted(admit([key(limits)], 900));
    assert.deepEqual(call.headers(), {
      rateLimit: '"key-tokens-h";r=100;t=3240',
      rateLimitPolicy: '"key-tokens-h";q=1000;w=3600;qu="tokens"',
    });
    call.settle({ tokens: 0, costNanoUsd: 0 });
    assert.equal(call.headers()?.rateLimit, '"key-requests-min";r=99;t=1');
  });

  test('a refusal tells its own limit and when to come', () => {
    const { admit } = start();
    const limits = limitSet({ cost: [{ amount: 2_000_000_000, per: 'h' }] });
    admitted(admit([key(limits)], 0, 1_500_000_000));
    assert.deepEqual(refused(admit([key(limits)], 0, 1_000_000_000)).headers, {
      rateLimit: '"key-cost-h";r=500000;t=900',
      rateLimitPolicy: '"key-cost-h";q=2000000;w=3600;qu="micro-usd"',
    });
  });

  test('without limits there are none', () => {
    assert.equal(admitted(start().admit([key(noLimits)])).headers(), undefined);
  });
});
