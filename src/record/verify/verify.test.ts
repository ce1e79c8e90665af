import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeSegment } from '../engine/frames.ts';
import type { LedgerReader } from '../files.ts';
import {
  appendMany,
  type DiskFaults,
  testEntry,
  until,
  useTestLedgers,
} from '../../../test/support/ledger.ts';
import { verifyLedger } from './verify.ts';

const create = useTestLedgers();

type Folder = ReadonlyMap<string, Buffer>;

function readFolder(root: string): Folder {
  const names = readdirSync(root, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
  return new Map(
    names.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(root.length + 1), readFileSync(path)];
    }),
  );
}

function readerOf(files: Folder): LedgerReader {
  return {
    read: (path) => files.get(path),
    list(folder) {
      const prefix = folder === '' ? '' : `${folder}/`;
      const names = [...files.keys()]
        .filter((path) => path.startsWith(prefix))
        .map((path) => path.slice(prefix.length));
      return [...new Set(names.map((name) => name.replace(/\/.*/, '/')))].sort();
    },
  };
}

const check = (files: Folder, verifierKey: string, checkpoint?: string) =>
  verifyLedger({
    folder: '',
    verifierKeys: [verifierKey],
    reader: readerOf(files),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });

/** A small closed ledger with full and partial bundles, two tile levels, a restart's partial tiles and a reserve. */
async function closedLedger() {
  const place = create();
  const options = { reserveBytes: 64 };
  // Short, because each byte is flipped in its turn.
  const short = (index: number) => ({ id: String(index), at: '2026', kind: 'k' });
  const first = await place.open(options);
  await appendMany(first, 20, short);
  await first.close();
  const second = await place.open(options);
  await appendMany(second, 240, short);
  await second.close();
  return { files: readFolder(place.ledgerFolder), key: second.verifierKey };
}

/** What a crash leaves: signed entries, then journal frames nobody signed. */
async function crashedLedger(roomBytes = 0) {
  const place = create();
  const faults: DiskFaults = {};
  const ledger = await place.openFaulty(faults, { reserveBytes: 0, roomBytes, reopenAfterMs: 60_000 });
  for (let count = 1; count <= 3; count++) await ledger.append(testEntry());
  await until(() => ledger.status.signedSize === 3);
  faults.failTiles = true;
  for (let count = 1; count <= 3; count++) await ledger.append(testEntry());
  return { files: readFolder(place.ledgerFolder), key: ledger.verifierKey };
}

async function undetectedFlips(files: Folder, key: string): Promise<string[]> {
  const undetected: string[] = [];
  for (const [path, bytes] of files) {
    for (let offset = 0; offset < bytes.length; offset++) {
      const changed = Buffer.from(bytes);
      changed[offset] = (changed[offset] ?? 0) ^ (1 << (offset % 8));
      const { ok } = await check(new Map(files).set(path, changed), key);
      if (ok) undetected.push(`${path}@${offset}`);
    }
  }
  return undetected;
}

test('every byte of a closed ledger is guarded', async () => {
  const { files, key } = await closedLedger();
  assert.deepEqual((await check(files, key)).problems, []);
  const paths = new Set(files.keys());
  assert.ok(paths.has('tile/0/000') && paths.has('tile/1/000.p/1') && paths.has('tile/entries/001.p/4'));
  assert.deepEqual(await undetectedFlips(files, key), []);
});

test('in the room laid by behind the last frame a changed byte is said', async () => {
  const { files, key } = await crashedLedger(4096);
  const intact = await check(files, key);
  const journal = [...files.keys()].find((path) => path.startsWith('journal/')) ?? '';
  const bytes = Buffer.from(files.get(journal) ?? '');
  assert.equal(bytes.at(-1), 0);
  bytes[bytes.length - 1] = 1;
  const { ok, notes, unsigned } = await check(new Map(files).set(journal, bytes), key);
  assert.deepEqual([ok, unsigned, notes.length], [true, 3, intact.notes.length + 1]);
});

test('in a ledger left by a crash only the last frame, which nobody signed, is not guarded', async () => {
  const { files, key } = await crashedLedger();
  const intact = await check(files, key);
  assert.deepEqual([intact.problems, intact.unsigned], [[], 3]);
  const journal = [...files.keys()].find((path) => path.startsWith('journal/'));
  assert.ok(journal);
  const undetected = await undetectedFlips(files, key);
  // The last frame: a changed byte there looks like the torn write of an append that was never acknowledged. It is said as a note,
  // and counts as long as no checkpoint is signed over it, which is a second or less.
  const last = decodeSegment(files.get(journal) ?? Buffer.alloc(0))?.frames.at(-1);
  const lastFrameAt = (files.get(journal)?.indexOf(last?.entries[0] ?? '') ?? 0) - 20;
  const offsets = undetected.map((place) => {
    const [path, offset] = place.split('@');
    assert.equal(path, journal);
    return Number(offset);
  });
  assert.equal(Math.min(...offsets), lastFrameAt);
  for (const offset of offsets) {
    const bytes = Buffer.from(files.get(journal) ?? '');
    bytes[offset] = (bytes[offset] ?? 0) ^ (1 << (offset % 8));
    const { notes, unsigned } = await check(new Map(files).set(journal, bytes), key);
    assert.deepEqual([unsigned, notes.length], [2, intact.notes.length + 1]);
  }
});

test('a missing or a stray file does not pass', async () => {
  const { files, key } = await closedLedger();
  for (const path of files.keys()) {
    // Partial tiles may go once a wider one is there; the reserve and its loss are of no matter to what was recorded.
    if (path === 'reserve' || path.includes('000.p/20')) continue;
    const without = new Map(files);
    without.delete(path);
    assert.equal((await check(without, key)).ok, false, path);
  }
  const strays = [
    'notes.txt',
    'tile/entries/002',
    'tile/entries/001.p/5',
    'tile/0/001.p/x',
    'tile/2/000.p/1',
    'tile/9/000',
  ];
  for (const path of [...strays, 'journal/readme', 'tile/entries/x000/001']) {
    const { ok } = await check(new Map(files).set(path, Buffer.alloc(32)), key);
    assert.equal(ok, false, path);
  }
});

test('a ledger signed by another key does not pass, whatever the folder says', async () => {
  const { files } = await closedLedger();
  const other = await closedLedger();
  const { ok, problems } = await check(files, other.key);
  assert.equal(ok, false);
  assert.match(problems[0] ?? '', /no known key has signed it/);
});

test('a ledger rolled back to an older state is found out by a checkpoint seen since', async () => {
  const place = create();
  const first = await place.open();
  await appendMany(first, 300);
  await first.close();
  const backup = join(place.folder, 'backup');
  cpSync(place.ledgerFolder, backup, { recursive: true });
  const second = await place.open();
  await appendMany(second, 300);
  await second.close();
  const later = readFileSync(join(place.ledgerFolder, 'checkpoint'), 'utf8');
  const earlier = readFileSync(join(backup, 'checkpoint'), 'utf8');
  assert.ok((await place.verify(second, { checkpoint: earlier })).ok);
  const rolledBack = await place.verify(second, { folder: backup, checkpoint: later });
  assert.match(rolledBack.problems.join(), /rolled back: it had 600 signed entries and has 300/);

  rmSync(place.ledgerFolder, { recursive: true });
  rmSync(place.indexFile, { force: true });
  cpSync(backup, place.ledgerFolder, { recursive: true });
  const forked = await place.open();
  await appendMany(forked, 400);
  await forked.close();
  assert.ok((await place.verify(forked)).ok);
  const found = await place.verify(forked, { checkpoint: later });
  assert.match(found.problems.join(), /forked: its first 600 entries are not those/);
});

test('an earlier checkpoint of nothing, of another ledger, or unsigned is refused', async () => {
  const place = create();
  const ledger = await place.open();
  await ledger.close();
  const empty = readFileSync(join(place.ledgerFolder, 'checkpoint'), 'utf8');
  const reopened = await place.open();
  await appendMany(reopened, 3);
  await reopened.close();
  assert.match((await place.verify(reopened, { checkpoint: empty })).problems.join(), /proves nothing/);
  assert.match((await place.verify(reopened, { checkpoint: 'x' })).problems.join(), /not a signed note/);
});

test('a ledger that is being written verifies as of its newest checkpoint', async () => {
  const place = create();
  const ledger = await place.open({ checkpointEveryMs: 20, segmentBytes: 20_000 });
  await until(async () => (await place.verify(ledger)).ok);
  let writing = true;
  const writer = (async () => {
    while (writing) await appendMany(ledger, 20);
  })();
  for (let round = 0; round < 15; round++) {
    const { problems } = await place.verify(ledger);
    assert.deepEqual(problems, []);
  }
  writing = false;
  await writer;
  await ledger.close();
});

test('progress is told up to the end', async () => {
  const place = create();
  const ledger = await place.open();
  await appendMany(ledger, 300);
  await ledger.close();
  writeFileSync(join(place.folder, 'unrelated'), '');
  const told: [number, number][] = [];
  await place.verify(ledger, { onProgress: (done, total) => told.push([done, total]) });
  assert.deepEqual(told.at(-1), [300, 300]);
});
