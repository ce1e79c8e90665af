import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createOperatorTies, type TieKind } from './ties.ts';

type Tie = readonly [maker: string, made: string, kind: TieKind];

const tiesOf = (...ties: readonly Tie[]) =>
  createOperatorTies(
    ties.map(([maker, made, kind], index) => ({ id: `tie_${index}`, maker, made, kind, at: index })),
  );
const independent = (one: string, other: string, ...ties: readonly Tie[]) =>
  tiesOf(...ties).areIndependent({ id: one }, { id: other });

describe('two operators', () => {
  it('are two people where nobody had a hand in both', () => {
    assert.ok(independent('a', 'b'));
    assert.ok(independent('a', 'b', ['c', 'a', 'created'], ['d', 'b', 'created']));
  });

  it('are not, where one made the other, gave it a key or rights, in either direction', () => {
    for (const kind of ['created', 'key', 'roles', 'enabled'] as const) {
      assert.ok(!independent('a', 'b', ['a', 'b', kind]), kind);
      assert.ok(!independent('b', 'a', ['a', 'b', kind]), kind);
    }
  });

  it('are not over any number of operators in between', () => {
    const chain: readonly Tie[] = [
      ['a', 'b', 'created'],
      ['b', 'c', 'roles'],
      ['c', 'd', 'key'],
    ];
    assert.ok(!independent('a', 'd', ...chain));
    assert.ok(!independent('d', 'a', ...chain));
  });

  it('are not, where a third one saw keys of both, or of operators that made them', () => {
    assert.ok(!independent('b', 'c', ['a', 'b', 'created'], ['a', 'c', 'key']));
    assert.ok(!independent('d', 'c', ['a', 'b', 'created'], ['b', 'd', 'created'], ['a', 'c', 'key']));
    assert.ok(independent('b', 'c', ['a', 'b', 'roles'], ['a', 'c', 'enabled']), 'rights show no key');
  });

  it('are not, where the key in use was issued by the other', () => {
    const ties = tiesOf();
    assert.ok(!ties.areIndependent({ id: 'b', issuedBy: 'a' }, { id: 'a' }));
    assert.ok(!ties.areIndependent({ id: 'b', issuedBy: 'a' }, { id: 'c', issuedBy: 'a' }));
  });

  it('come to an answer where ties go round in circles', () => {
    assert.ok(!independent('a', 'c', ['a', 'b', 'key'], ['b', 'c', 'key'], ['c', 'a', 'key']));
    assert.ok(independent('a', 'x', ['a', 'b', 'key'], ['b', 'a', 'key']));
  });

  it('are judged alike from both sides, and no further tie makes them two people', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const kind = fc.constantFrom<TieKind>('created', 'key', 'roles', 'enabled');
    const tie = fc.tuple(name, name, kind);
    fc.assert(
      fc.property(fc.array(tie, { maxLength: 12 }), tie, name, name, (ties, more, one, other) => {
        const before = independent(one, other, ...ties);
        assert.equal(before, independent(other, one, ...ties));
        if (!before) assert.ok(!independent(one, other, ...ties, more));
        if (one === other) assert.ok(!before);
      }),
    );
  });
});
