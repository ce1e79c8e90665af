import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFairShare } from './fair-share.ts';

describe('a fair share', () => {
  it('one holder gets four fifths, piece by piece', () => {
    const share = createFairShare(() => 100);
    while (share.take('greedy', 1));
    assert.equal(share.heldBy('greedy'), 80);
  });

  it('however many are greedy, a newcomer finds something', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 50 }), (holders, piece) => {
        const capacity = 100_000;
        const share = createFairShare(() => capacity);
        for (let moved = true; moved; ) {
          moved = false;
          for (let holder = 0; holder < holders; holder++) moved = share.take(`h${holder}`, piece) || moved;
        }
        assert.ok(share.take('newcomer', piece), `${share.taken} of ${capacity} are taken`);
      }),
    );
  });

  it('is given back to the last piece, and never more is taken than there is', () => {
    const step = fc.record({
      holder: fc.constantFrom('a', 'b', 'c'),
      amount: fc.integer({ min: 1, max: 40 }),
      back: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const share = createFairShare(() => 100);
        const held: { holder: string; amount: number }[] = [];
        for (const { holder, amount, back } of steps) {
          const one = back ? held.pop() : undefined;
          if (one) share.giveBack(one.holder, one.amount);
          else if (share.take(holder, amount)) held.push({ holder, amount });
          assert.equal(
            share.taken,
            held.reduce((sum, taken) => sum + taken.amount, 0),
          );
          assert.ok(share.taken <= 100);
        }
        for (const { holder, amount } of held) share.giveBack(holder, amount);
        assert.deepEqual([share.taken, share.heldBy('a'), share.heldBy('b')], [0, 0, 0]);
      }),
    );
  });
});
