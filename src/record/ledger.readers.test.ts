import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import type { Entry } from './entry.ts';
import { verifyExport } from './export.ts';
import type { RecordedEntry } from './ledger.ts';
import {
  appendMany,
  collect,
  inBatches,
  testEntry,
  until,
  useTestLedgers,
} from '../../test/support/ledger.ts';

const create = useTestLedgers();

describe('a subscription', () => {
  test('sees every entry once and in order, also those from before it and across restarts', async () => {
    const place = create();
    const seen: RecordedEntry[] = [];
    const handle = async (batch: readonly RecordedEntry[]) => {
      seen.push(...batch);
    };
    const first = await place.open();
    await appendMany(first, 300);
    const subscription = await first.subscribe('reader', inBatches(handle));
    await appendMany(first, 700);
    await subscription.settled();
    await first.close();
    const second = await place.open();
    await appendMany(second, 100);
    await (await second.subscribe('reader', inBatches(handle))).settled();
    assert.deepEqual(
      seen.map(({ index }) => index),
      Array.from({ length: 1100 }, (_, index) => index),
    );
    assert.deepEqual(
      seen.map(({ entry }) => entry.id),
      (await collect(second.search({}))).map(({ entry }) => entry.id),
    );
    assert.equal(place.cursors.get('reader'), 1100);
    await second.close();
  });

  test('a handler that throws gets the same batch again; nothing is skipped', async () => {
    const place = create();
    const ledger = await place.open();
    const seen: number[] = [];
    let failures = 2;
    const subscription = await ledger.subscribe(
      'reader',
      inBatches(async (batch) => {
        if (failures > 0) {
          failures -= 1;
          throw new Error('not now');
        }
        seen.push(...batch.map(({ index }) => index));
      }),
    );
    await appendMany(ledger, 5);
    await subscription.settled();
    assert.deepEqual(seen, [0, 1, 2, 3, 4]);
    assert.ok(place.logged.some((line) => line.includes('tried again')));
    await ledger.close();
  });

  test('the cursor moves only after the handler is done, so that a crash skips nothing', async () => {
    const place = create();
    const ledger = await place.open();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let started = false;
    const subscription = await ledger.subscribe(
      'reader',
      inBatches(async () => {
        started = true;
        await held;
      }),
    );
    await appendMany(ledger, 5);
    const settled = subscription.settled();
    await until(() => started);
    assert.equal(place.cursors.get('reader'), undefined);
    release();
    await settled;
    assert.equal(place.cursors.get('reader'), 5);
    await ledger.close();
  });

  test('one that comes later gets its kinds too, also of what was under way when it came', async () => {
    const place = create();
    const ledger = await place.open();
    const seen: Record<string, number[]> = { 'test.one': [], 'test.other': [] };
    const subscribe = (kind: string) =>
      ledger.subscribe(
        kind,
        inBatches(async (batch) => {
          assert.ok(batch.every(({ entry }) => entry.kind === kind));
          seen[kind]?.push(...batch.map(({ index }) => index));
        }),
        { kinds: [kind] },
      );
    const append = () =>
      appendMany(ledger, 100, (index) => ({ kind: index % 2 === 0 ? 'test.one' : 'test.other' }));
    const first = await subscribe('test.one');
    await append();
    const underWay = append();
    const second = await subscribe('test.other');
    await underWay;
    await append();
    await Promise.all([first.settled(), second.settled()]);
    const indices = Array.from({ length: 300 }, (_, index) => index);
    assert.deepEqual(seen, {
      'test.one': indices.filter((index) => index % 2 === 0),
      'test.other': indices.filter((index) => index % 2 === 1),
    });
    await ledger.close();
  });

  test('rests before it commits, but not while somebody waits for it', async () => {
    const place = create();
    const ledger = await place.open({ subscriberRestMs: 60_000 });
    let taken = 0;
    const subscription = await ledger.subscribe('reader', () => ({
      take: () => void taken++,
      full: false,
      commit: async () => {},
    }));
    await appendMany(ledger, 5);
    await until(() => taken === 5);
    assert.equal(place.cursors.get('reader'), undefined);
    await subscription.settled();
    assert.equal(place.cursors.get('reader'), 5);
    await ledger.close();
  });

  test('a full batch is committed at once, and gets no more than one other beside it', async () => {
    const place = create();
    const ledger = await place.open({ subscriberRestMs: 60_000 });
    const committed: number[] = [];
    let taken = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const begin = inBatches(async (batch) => {
      committed.push(batch.length);
      await held;
    }, 100);
    const subscription = await ledger.subscribe('reader', () => {
      const batch = begin();
      return {
        take(recorded) {
          taken++;
          batch.take(recorded);
        },
        get full() {
          return batch.full;
        },
        commit: batch.commit,
      };
    });
    // What comes together is taken together, so each of these makes a batch full.
    for (let times = 0; times < 5; times++) await appendMany(ledger, 100);
    await until(() => committed.length > 0);
    assert.ok(taken < 500, `${taken} entries are held while none is committed`);
    release();
    await subscription.settled();
    assert.equal(
      committed.reduce((sum, length) => sum + length, 0),
      500,
    );
    await ledger.close();
  });

  test('closing it leaves nobody waiting, whatever its handler does', async () => {
    const place = create();
    const ledger = await place.open();
    const subscription = await ledger.subscribe(
      'reader',
      inBatches(() => Promise.reject(new Error('never'))),
    );
    await appendMany(ledger, 5);
    const settled = assert.rejects(subscription.settled(), { code: 'ledger.unavailable' });
    await until(() => place.logged.some((line) => line.includes('tried again')));
    await subscription.close();
    await settled;
    assert.equal(place.cursors.get('reader'), undefined);
    await ledger.close();
  });

  test('a slow subscriber delays neither another nor appends', async () => {
    const place = create();
    const ledger = await place.open();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await ledger.subscribe(
      'slow',
      inBatches(() => held),
    );
    const quick = await ledger.subscribe(
      'quick',
      inBatches(async () => {}),
    );
    await appendMany(ledger, 20_000 / 4, () => ({ kind: 'test.flood' }));
    await quick.settled();
    assert.equal(place.cursors.get('quick'), 5000);
    release();
    await ledger.close();
  });
});

describe('pruning', () => {
  const old = new Date(Date.UTC(2025, 0, 1)).toISOString();
  const horizon = Date.UTC(2025, 6, 1);

  async function pruned() {
    const place = create();
    const ledger = await place.open();
    const gone = await appendMany(ledger, 1000, () => ({ at: old }));
    const kept = await appendMany(ledger, 300);
    const minimum = await ledger.prune(horizon);
    return { place, ledger, gone, kept, minimum };
  }

  test('drops whole bundles older than asked, tells it in an entry, and the rest still verifies', async () => {
    const { place, ledger, gone, kept, minimum } = await pruned();
    assert.equal(minimum, 768);
    assert.equal(existsSync(join(place.ledgerFolder, 'tile/entries/002')), false);
    assert.equal(existsSync(join(place.ledgerFolder, 'tile/entries/003')), true);
    const found = await collect(ledger.search({}));
    assert.deepEqual([found[0]?.index, found.at(-1)?.entry.kind], [768, 'ledger.pruned']);
    assert.equal(await ledger.find(gone[5]?.id ?? ''), undefined);
    assert.equal((await ledger.prove(kept[0]?.id ?? ''))?.index, 1000);
    assert.equal(await ledger.prune(horizon), 768);
    await appendMany(ledger, 500);
    await ledger.close();
    const { ok, problems, minimumIndex, size } = await place.verify(ledger);
    assert.deepEqual(
      { ok, problems, minimumIndex, size },
      { ok: true, problems: [], minimumIndex: 768, size: 1801 },
    );
    rmSync(place.indexFile);
    const reopened = await place.open();
    assert.equal((await collect(reopened.search({ kind: 'ledger.pruned' }))).length, 1);
    await reopened.close();
  });

  test('never passes a subscriber', async () => {
    const place = create();
    const ledger = await place.open();
    place.cursors.set('slow', 300);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await ledger.subscribe(
      'slow',
      inBatches(() => held),
    );
    await appendMany(ledger, 1000, () => ({ at: old }));
    assert.equal(await ledger.prune(horizon), 256);
    release();
    await ledger.close();
  });

  test('missing entries that no entry tells of are no pruning', async () => {
    const place = create();
    const ledger = await place.open();
    await appendMany(ledger, 600);
    await ledger.close();
    rmSync(join(place.ledgerFolder, 'tile/entries/000'));
    const { ok, problems } = await place.verify(ledger);
    assert.deepEqual([ok, problems[0]], [false, 'tile/entries/000 is missing.']);
  });
});

describe('an export', () => {
  async function exported() {
    const place = create();
    const ledger = await place.open();
    const at = (index: number) => new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString();
    await appendMany(ledger, 900, (index) => ({ at: at(index), detail: { text: 'ü "\\ \u2028', index } }));
    const span = { since: Date.UTC(2026, 0, 1, 0, 300), until: Date.UTC(2026, 0, 1, 0, 700) };
    const text = (await collect(ledger.exportRange(span))).join('');
    await ledger.close();
    return { lines: text.trimEnd().split('\n'), keys: [ledger.verifierKey] };
  }

  test('verifies by itself with the key alone', async () => {
    const { lines, keys } = await exported();
    assert.deepEqual(await verifyExport(lines, keys), {
      ok: true,
      problems: [],
      begin: 300,
      end: 700,
      treeSize: 900,
    });
  });

  test('verifies when it is read by lines, whatever ends a line there', async () => {
    const { lines, keys } = await exported();
    const read = createInterface({ input: Readable.from([lines.join('\n')]) });
    assert.ok((await verifyExport(read, keys)).ok);
  });

  test('with an entry changed, dropped, added or moved, or another key, does not verify', async () => {
    const { lines, keys } = await exported();
    const [head = '', ...entries] = lines;
    const changed = entries.map((line, index) => (index === 7 ? line.replace('succeeded', 'failed') : line));
    const moved = entries.with(3, entries[4]?.replace('"index":304', '"index":303') ?? '');
    const forgeries = [
      [head, ...changed],
      [head, ...entries.slice(0, -1)],
      [head.replace('"end":700', '"end":699'), ...entries.slice(0, -1)],
      [head, ...entries.slice(1)],
      [head, ...entries, entries.at(-1)?.replace('"index":699', '"index":700') ?? ''],
      [head, ...moved],
      [head.replace('"begin":300', '"begin":301'), ...entries],
      [head],
      [],
      ['{}', ...entries],
    ];
    for (const [position, forgery] of forgeries.entries()) {
      assert.equal((await verifyExport(forgery, keys)).ok, false, `forgery ${position}`);
    }
    const other = create();
    const stranger = await other.open();
    await stranger.close();
    assert.equal((await verifyExport(lines, [stranger.verifierKey])).ok, false);
  });

  test('of a span without entries is empty', async () => {
    const place = create();
    const ledger = await place.open();
    await ledger.append(testEntry({}) satisfies Entry);
    assert.deepEqual(await collect(ledger.exportRange({ until: 1 })), []);
    await ledger.close();
  });
});
