import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { BundleFilter } from './look.ts';
import { type IndexStore, openIndexStore } from './store.ts';
import type { Summary } from './summary.ts';

const everything = { begin: 0, newestFirst: false, limit: Number.MAX_SAFE_INTEGER };
const leaf = new Uint8Array(32).fill(7);

/** Bundle 5 of every 7 holds `five`, and so on; times go up with the bundle. */
function summaryOf(bundle: number): Summary {
  const terms = ['kind:always', `actor:${bundle % 7}`, `source:${bundle % 45}`];
  if (bundle % 4001 === 11) terms.push('reason:rare');
  const at = bundle * 1000;
  return { terms, firstAt: at, lastAt: at + 1500, firstId: at + 100, lastId: at + 1400 };
}

/** What a look has to find, bundle by bundle. */
function holding({ terms, since = 0, until = Number.MAX_SAFE_INTEGER, idTime, begin, end }: BundleFilter) {
  const found: number[] = [];
  for (let bundle = begin; bundle < end; bundle++) {
    const summary = summaryOf(bundle);
    const inTime = summary.lastAt >= since && summary.firstAt < until;
    const made = idTime === undefined || (summary.firstId <= idTime && summary.lastId >= idTime);
    if (inTime && made && terms.every((term) => summary.terms.includes(term))) found.push(bundle);
  }
  return found;
}

/** Everything page by page, as a search does it. */
function lookAll(index: IndexStore, filter: BundleFilter): number[] {
  const found: number[] = [];
  let { begin, end } = filter;
  while (begin < end) {
    const { bundles, seen } = index.look({ ...filter, begin, end });
    found.push(...bundles);
    if (filter.newestFirst) end = seen;
    else begin = seen;
  }
  return found;
}

describe('the store of the search index', () => {
  const count = 9000;
  let folder = '';
  let index: IndexStore;

  const fill = (store: IndexStore, until: number, step: number) => {
    while (store.indexed < until) {
      const length = Math.min(step, until - store.indexed);
      store.add(
        Array.from({ length }, (_, offset) => summaryOf(store.indexed + offset)),
        leaf,
      );
    }
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'surety-index-'));
    index = openIndexStore(join(folder, 'index.sqlite'));
  });

  afterEach(() => {
    index.close();
    rmSync(folder, { recursive: true });
  });

  it('finds the bundles that hold all terms within a span, in both orders, page by page', () => {
    fill(index, count, 13);
    index.commit();
    const termSets = [
      [],
      ['kind:always'],
      ['actor:3'],
      ['reason:rare'],
      ['actor:3', 'source:31'],
      ['kind:always', 'actor:4', 'reason:rare'],
      ['actor:none'],
    ];
    const spans = [
      { begin: 0, end: count },
      { begin: 33, end: 97 },
      { begin: 4095, end: 4097 },
      { begin: 4100, end: 8200 },
    ];
    for (const terms of termSets) {
      for (const span of spans) {
        for (const limit of [4, 1000]) {
          const expected = holding({ ...everything, terms, ...span });
          const forward = lookAll(index, { terms, ...span, newestFirst: false, limit });
          const backward = lookAll(index, { terms, ...span, newestFirst: true, limit });
          assert.deepEqual(forward, expected, `${terms.join()} ${span.begin} to ${span.end}`);
          assert.deepEqual(backward, expected.reverse(), `${terms.join()} ${span.begin} to ${span.end}`);
        }
      }
    }
  });

  it('narrows by time and by when an id was made', () => {
    fill(index, 5000, 100);
    const [since, until] = [4_000_250, 4_600_000];
    for (const narrowing of [{ since, until }, { idTime: 4_100_200 }, { idTime: 4_100_050 }]) {
      for (const terms of [[], ['actor:2']]) {
        const filter = { ...everything, terms, ...narrowing, end: 5000 };
        assert.deepEqual(index.look(filter).bundles, holding(filter));
      }
    }
  });

  it('finds what was added and not yet committed', () => {
    fill(index, 40, 3);
    const filter = { ...everything, terms: ['actor:1'], end: 40 };
    assert.deepEqual(index.look(filter).bundles, holding(filter));
    fill(index, 45, 1);
    assert.deepEqual(index.look({ ...filter, end: 45 }).bundles, holding({ ...filter, end: 45 }));
  });

  it('goes on in the middle of a block after it was closed', () => {
    fill(index, 50, 4);
    index.close();
    index = openIndexStore(join(folder, 'index.sqlite'));
    assert.deepEqual([index.indexed, [...index.lastLeaf]], [50, [...leaf]]);
    fill(index, 80, 4);
    const filter = { ...everything, terms: ['actor:5', 'kind:always'], end: 80 };
    assert.deepEqual(index.look(filter).bundles, holding(filter));
  });

  it('forgets bundles that were pruned, and begins behind those it never had', () => {
    fill(index, 5000, 64);
    index.dropBefore(4500);
    const filter = { ...everything, terms: ['actor:5'], end: 5000 };
    assert.deepEqual(index.look(filter).bundles, holding({ ...filter, begin: 4500 }));
    index.dropBefore(6010);
    assert.equal(index.indexed, 6010);
    fill(index, 6100, 7);
    const later = { ...filter, end: 6100 };
    assert.deepEqual(index.look(later).bundles, holding({ ...later, begin: 6010 }));
  });
});
