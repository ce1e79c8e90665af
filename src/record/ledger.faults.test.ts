import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Fault } from '../kernel/index.ts';
import type { Ledger } from './ledger.ts';
import {
  appendMany,
  collect,
  type DiskFaults,
  testEntry,
  until,
  useTestLedgers,
} from '../../test/support/ledger.ts';

const create = useTestLedgers();

const unavailable = (fault: unknown) => fault instanceof Fault && fault.code === 'ledger.unavailable';
const kindsOf = async (ledger: Ledger) => (await collect(ledger.search({}))).map(({ entry }) => entry.kind);

describe('a disk that fails', () => {
  for (const [name, break_, mend] of [
    ['a failing fsync', { failJournalSync: true }, { failJournalSync: false }],
    ['a torn write', { tearJournalAfter: 30 }, { tearJournalAfter: undefined }],
  ] as const) {
    test(`${name}: appends are refused, then a gap entry goes first`, async () => {
      const place = create();
      const faults: DiskFaults = {};
      const ledger = await place.openFaulty(faults);
      await appendMany(ledger, 3, () => ({ kind: 'test.before' }));
      Object.assign(faults, break_);
      const outstanding = [ledger.append(testEntry()), ledger.append(testEntry())];
      for (const refused of outstanding) await assert.rejects(refused, unavailable);
      assert.equal(ledger.status.writable, false);
      assert.match(ledger.status.problem ?? '', /EIO/);
      await assert.rejects(ledger.append(testEntry()), unavailable);
      Object.assign(faults, mend);
      await until(() => ledger.status.writable);
      await ledger.append(testEntry({ kind: 'test.after' }));
      const [gap] = await collect(ledger.search({ kind: 'ledger.gap' }));
      assert.deepEqual([gap?.index, gap?.entry.detail?.['refused']], [3, 3]);
      const { from, to } = gap?.entry.detail ?? {};
      assert.ok(typeof from === 'string' && typeof to === 'string' && from <= to);
      assert.deepEqual(await kindsOf(ledger), [
        'test.before',
        'test.before',
        'test.before',
        'ledger.gap',
        'test.after',
      ]);
      await ledger.close();
      const { ok, problems } = await place.verify(ledger);
      assert.deepEqual({ ok, problems }, { ok: true, problems: [] });
    });
  }

  test('what a failed segment holds is not brought back over what came after it', async () => {
    const place = create();
    const faults: DiskFaults = {};
    const ledger = await place.openFaulty(faults, { checkpointEveryMs: 60_000 });
    await appendMany(ledger, 2, () => ({ kind: 'test.before' }));
    faults.failJournalSync = true;
    await assert.rejects(ledger.append(testEntry({ kind: 'test.refused' })), unavailable);
    faults.failJournalSync = false;
    await until(() => ledger.status.writable);
    await ledger.append(testEntry({ kind: 'test.after' }));
    // Left as a crash would leave it: nothing closed, and another process opens the folder.
    const { ok, size, problems } = await place.verify(ledger);
    assert.deepEqual({ ok, size, problems }, { ok: true, size: 4, problems: [] });
    const reopened = await place.open();
    assert.deepEqual(await kindsOf(reopened), ['test.before', 'test.before', 'ledger.gap', 'test.after']);
    await reopened.close();
    assert.ok((await place.verify(reopened)).ok);
  });

  test('a disk that fills up refuses calls, and the ledger still writes why it stopped', async () => {
    const place = create();
    const faults: DiskFaults = {};
    const ledger = await place.openFaulty(faults, { reserveBytes: 65_536, checkpointEveryMs: 60_000 });
    await appendMany(ledger, 3, () => ({ kind: 'test.before' }));
    faults.room = 100;
    faults.freeBytes = 0;
    await assert.rejects(ledger.append(testEntry()), unavailable);
    await until(() => ledger.status.problem === 'disk full');
    await assert.rejects(ledger.append(testEntry()), unavailable);
    await ledger.append(testEntry({ kind: 'system.stopped' }));
    const kinds = await kindsOf(ledger);
    assert.ok(kinds.includes('ledger.gap') && kinds.includes('system.stopped'), kinds.join());
    faults.room = undefined;
    faults.freeBytes = undefined;
    await until(() => ledger.status.writable);
    await ledger.append(testEntry({ kind: 'test.after' }));
    assert.equal((await kindsOf(ledger)).at(-1), 'test.after');
    await ledger.close();
    assert.deepEqual((await place.verify(ledger)).problems, []);
  });

  test('little room is warned of, too little refuses before the disk is full', async () => {
    const place = create();
    const faults: DiskFaults = { freeBytes: 5000 };
    const ledger = await place.openFaulty(faults, { diskWarnBytes: 2000, diskStopBytes: 1000 });
    assert.deepEqual([ledger.status.diskLow, ledger.status.writable], [false, true]);
    faults.freeBytes = 1500;
    await until(() => ledger.status.diskLow);
    assert.deepEqual([ledger.status.writable, ledger.status.problem], [true, 'disk low']);
    await ledger.append(testEntry());
    faults.freeBytes = 500;
    await until(() => !ledger.status.writable);
    await assert.rejects(ledger.append(testEntry()), unavailable);
    faults.freeBytes = 5000;
    await until(() => ledger.status.writable);
    await ledger.append(testEntry({ kind: 'test.after' }));
    assert.deepEqual(await kindsOf(ledger), ['test.happened', 'ledger.refusing', 'ledger.gap', 'test.after']);
    await ledger.close();
  });

  test('entries that cannot be integrated stay safe in the journal, and are signed later', async () => {
    const place = create();
    const faults: DiskFaults = { failTiles: true };
    const ledger = await place.openFaulty(faults);
    const entries = await appendMany(ledger, 300);
    await until(() => place.logged.some((line) => line.includes('could not be integrated')));
    assert.deepEqual([ledger.status.writable, ledger.status.signedSize], [true, 0]);
    assert.deepEqual((await ledger.find(entries[299]?.id ?? ''))?.index, 299);
    faults.failTiles = false;
    await until(() => ledger.status.signedSize === 300);
    await ledger.close();
    assert.ok((await place.verify(ledger)).ok);
  });

  test('too much that cannot be integrated refuses appends before memory runs out', async () => {
    const place = create();
    const faults: DiskFaults = { failTiles: true };
    const ledger = await place.openFaulty(faults, { tailBytes: 20_000 });
    await appendMany(ledger, 300);
    await assert.rejects(ledger.append(testEntry()), unavailable);
    faults.failTiles = false;
    await until(() => ledger.status.writable);
    await ledger.append(testEntry());
    await ledger.close();
    assert.ok((await place.verify(ledger)).ok);
  });

  test('a disk that fails at closing loses nothing that was acknowledged', async () => {
    const place = create();
    const faults: DiskFaults = {};
    const ledger = await place.openFaulty(faults, { checkpointEveryMs: 60_000 });
    const entries = await appendMany(ledger, 10);
    faults.failTiles = true;
    await ledger.close();
    const reopened = await place.open();
    assert.deepEqual(
      (await collect(reopened.search({}))).map(({ entry }) => entry),
      entries,
    );
    await reopened.close();
  });

  test('a journal that ends in half a frame opens without it and says so', async () => {
    const place = create();
    const faults: DiskFaults = {};
    const ledger = await place.openFaulty(faults, { checkpointEveryMs: 60_000, reopenAfterMs: 60_000 });
    await until(async () => (await place.verify(ledger)).ok);
    await appendMany(ledger, 10);
    faults.tearJournalAfter = 50;
    await assert.rejects(ledger.append(testEntry()), unavailable);
    const { ok, notes } = await place.verify(ledger);
    assert.deepEqual([ok, notes.length], [true, 1]);
    const reopened = await place.open();
    assert.equal(reopened.status.size, 10);
    assert.ok(place.logged.some((line) => line.includes('never acknowledged')));
    await reopened.close();
    assert.ok((await place.verify(reopened)).ok);
  });

  test('a segment that was begun and never used takes no entries with it that are not signed', async () => {
    const place = create();
    const faults: DiskFaults = { failTiles: true };
    const ledger = await place.openFaulty(faults);
    const entries = await appendMany(ledger, 3);
    let failures = 2;
    faults.inject = (operation, path) => {
      // The entry, and then the header of the next segment.
      if (failures > 0 && operation === 'write' && path.startsWith('journal/')) {
        failures -= 1;
        throw Object.assign(new Error('EIO: injected'), { code: 'EIO' });
      }
    };
    await assert.rejects(ledger.append(testEntry()), unavailable);
    await until(() => ledger.status.writable);
    await ledger.close();
    // Two more openings: the first must not remove what the second needs.
    for (const faultsOfLife of [{ failTiles: true }, {}]) {
      const again = await place.openFaulty(faultsOfLife);
      const kept = (await collect(again.search({}))).map(({ entry }) => entry);
      assert.deepEqual(kept.slice(0, 3), entries);
      await again.close();
    }
    assert.deepEqual((await place.verify(ledger)).problems, []);
  });

  test('too many appends outstanding are refused at once, and the gap is told', async () => {
    const place = create();
    const ledger = await place.openFaulty({}, { outstandingLimit: 10 });
    const appends = Array.from({ length: 15 }, () => ledger.append(testEntry()));
    assert.equal(ledger.status.outstanding, 10);
    const settled = await Promise.allSettled(appends);
    assert.deepEqual(
      settled.map(({ status }) => status),
      [...Array.from({ length: 10 }, () => 'fulfilled'), ...Array.from({ length: 5 }, () => 'rejected')],
    );
    await ledger.append(testEntry());
    const [gap] = await collect(ledger.search({ kind: 'ledger.gap' }));
    assert.equal(gap?.entry.detail?.['refused'], 5);
    await ledger.close();
  });

  test('closing waits for what was handed over, then refuses', async () => {
    const place = create();
    const ledger = await place.openFaulty({});
    const append = ledger.append(testEntry());
    await ledger.close();
    await append;
    await assert.rejects(ledger.append(testEntry()), unavailable);
    assert.match(readFileSync(join(place.ledgerFolder, 'checkpoint'), 'utf8'), /^test\.example\/ledger\n1\n/);
  });
});
