import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createMemoryBudget, type MemoryHolder } from './memory.ts';

let made = 0;
const call = (countedFor = `key_${made++}`): MemoryHolder => ({ heldBytes: 0, countedFor });

describe('the memory of bodies', () => {
  it('is bounded over all calls, and refused whole', () => {
    const budget = createMemoryBudget(() => 100);
    const [first, second] = [call(), call()];
    assert.ok(budget.take(first, 60));
    assert.ok(!budget.take(second, 41));
    assert.equal(budget.takenBytes, 60, 'a refusal took something');
    assert.ok(budget.take(second, 40));
    budget.release(first);
    assert.equal(budget.takenBytes, 40);
  });

  it('is shared: one caller leaves room for others, however much it wants', () => {
    const budget = createMemoryBudget(() => 1000);
    const greedy = Array.from({ length: 200 }, () => call('key_greedy'));
    for (const one of greedy) budget.take(one, 10);
    assert.equal(budget.takenBytes, 800);
    assert.ok(budget.take(call('key_other'), 100));
    for (const one of greedy) budget.release(one);
    assert.equal(budget.takenBytes, 100);
  });

  it('follows the policy in force', () => {
    let limit = 100;
    const budget = createMemoryBudget(() => limit);
    assert.ok(budget.take(call(), 80));
    limit = 50;
    assert.ok(!budget.take(call(), 1));
  });

  it('is given back to the last byte, once, for every order of taking and releasing', () => {
    const step = fc.record({ call: fc.nat(4), bytes: fc.nat(60), release: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const budget = createMemoryBudget(() => 100);
        const calls = Array.from({ length: 5 }, () => call());
        const held = new Map<MemoryHolder, number>();
        for (const { call: index, bytes, release } of steps) {
          const one = calls[index] as MemoryHolder;
          if (release) {
            budget.release(one);
            budget.release(one);
            held.delete(one);
          } else if (budget.take(one, bytes)) held.set(one, (held.get(one) ?? 0) + bytes);
          const sum = [...held.values()].reduce((total, taken) => total + taken, 0);
          assert.equal(budget.takenBytes, sum);
          assert.ok(sum <= 100);
        }
        for (const one of calls) budget.release(one);
        assert.equal(budget.takenBytes, 0);
      }),
    );
  });
});
