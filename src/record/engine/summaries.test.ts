import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createUuidFactory, systemClock } from '../../kernel/index.ts';
import type { Entry } from '../entry.ts';
import { SummingParts, summarize } from '../search/summary.ts';
import { tileWidth } from '../tree/tiles.ts';
import { createSummaries, type Summaries } from './summaries.ts';

const newId = createUuidFactory(systemClock);

const made: Entry[] = Array.from({ length: 2000 }, (_, index) => ({
  id: newId(),
  at: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
  kind: 'test.happened',
  actor: `key_${index}`,
  outcome: 'succeeded',
}));

function addBatch(summaries: Summaries, begin: number, end: number): void {
  const summing = new SummingParts();
  for (const entry of made.slice(begin, end)) summing.add(entry);
  summaries.add(begin, summing.take());
}

describe('what is known of bundles before they are read', () => {
  it('covers every entry of a bundle, and few beside it, however long its batches were', () => {
    const summaries = createSummaries();
    for (const [begin, end] of [
      [0, 100],
      [100, 101],
      [101, 1900],
      [1900, 2000],
    ] as const)
      addBatch(summaries, begin, end);
    for (let bundle = 0; bundle < 7; bundle++) {
      const its = made.slice(bundle * tileWidth, (bundle + 1) * tileWidth);
      const exact = summarize(its);
      const known = summaries.ofBundle(bundle);
      assert.ok(known && known.firstAt <= exact.firstAt && known.lastAt >= exact.lastAt);
      assert.ok(known.firstId <= exact.firstId && known.lastId >= exact.lastId);
      assert.deepEqual(
        exact.terms.filter((term) => !known.terms.includes(term)),
        [],
      );
      assert.ok(known.terms.length <= exact.terms.length + tileWidth, `${known.terms.length} terms`);
    }
  });

  it('says nothing of a bundle with an entry it does not know', () => {
    const summaries = createSummaries();
    addBatch(summaries, 0, 255);
    assert.equal(summaries.ofBundle(0), undefined);
    addBatch(summaries, 256, 512);
    assert.equal(summaries.ofBundle(0), undefined);
    assert.notEqual(summaries.ofBundle(1), undefined);
    summaries.forgetBefore(2);
    assert.equal(summaries.ofBundle(1), undefined);
  });
});
