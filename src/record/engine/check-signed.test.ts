import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { appendMany, collect, type TestLedger, until, useTestLedgers } from '../../../test/support/ledger.ts';
import { Fault, type FaultCode } from '../../kernel/index.ts';
import { decodeBundle, encodeBundle } from '../tree/bundle.ts';
import { leafHash } from '../tree/hash.ts';

const create = useTestLedgers();
const isFault = (code: FaultCode) => (thrown: unknown) => thrown instanceof Fault && thrown.code === code;
const isDamage = isFault('ledger.damaged');

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );

/** A closed ledger of 600 entries: two whole bundles and part of a third. */
async function closedLedger(): Promise<TestLedger> {
  const place = create();
  const ledger = await place.open();
  await appendMany(ledger, 600);
  await ledger.close();
  return place;
}

/** Puts other words into an entry, and its hash into the tile of the lowest level: what somebody would do who knows the format. */
function forge({ ledgerFolder }: TestLedger, bundle: string, tile: string): void {
  const path = join(ledgerFolder, bundle);
  const entries = decodeBundle(readFileSync(path)) ?? [];
  const forged = Buffer.from(entries[7]?.toString().replace('test.happened', 'test.forgotten') ?? '');
  writeFileSync(path, encodeBundle(entries.with(7, forged)));
  const hashes = readFileSync(join(ledgerFolder, tile));
  leafHash(forged).copy(hashes, 7 * 32);
  writeFileSync(join(ledgerFolder, tile), hashes);
}

describe('opening a ledger', () => {
  test('is refused when any bundle, tile, checkpoint or minimum was changed, cut, lengthened or removed, and signs nothing', async () => {
    const place = await closedLedger();
    const whole = `${place.ledgerFolder}-whole`;
    cpSync(place.ledgerFolder, whole, { recursive: true });
    writeFileSync(join(place.ledgerFolder, 'minimum-index'), '0\n');
    writeFileSync(join(whole, 'minimum-index'), '0\n');
    const changes: readonly (readonly [string, (bytes: Buffer) => Buffer | undefined])[] = [
      [
        'flipped',
        (bytes) => bytes.with((bytes.length * 5) >> 3, (bytes[(bytes.length * 5) >> 3] ?? 0) ^ 1) as Buffer,
      ],
      ['flipped at its end', (bytes) => bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 0x20) as Buffer],
      ['cut', (bytes) => bytes.subarray(0, -1)],
      ['lengthened', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
      ['emptied', () => Buffer.alloc(0)],
      ['removed', () => undefined],
    ];
    let opened = 0;
    for (const path of filesOf(whole).filter((name) => !['reserve', 'verifier-keys'].includes(name))) {
      for (const [how, change] of changes) {
        if (path === 'minimum-index' && how === 'removed') continue;
        const target = join(place.ledgerFolder, path);
        const before = readFileSync(target);
        const changed = change(Buffer.from(before));
        if (changed) writeFileSync(target, changed);
        else rmSync(target);
        const note = path === 'checkpoint' ? undefined : readFileSync(join(place.ledgerFolder, 'checkpoint'));
        await assert.rejects(place.open(), isDamage, `${path} ${how}`);
        if (note) assert.ok(readFileSync(join(place.ledgerFolder, 'checkpoint')).equals(note));
        writeFileSync(target, before);
        opened += 1;
      }
    }
    assert.ok(opened > 40);
    await (await place.open()).close();
  });

  test('is refused when an entry was changed with its hash in the tile', async () => {
    for (const [bundle, tile] of [
      ['tile/entries/000', 'tile/0/000'],
      ['tile/entries/002.p/88', 'tile/0/002.p/88'],
    ] as const) {
      const place = await closedLedger();
      forge(place, bundle, tile);
      await assert.rejects(place.open(), isDamage, bundle);
    }
  });

  test('is refused when entries are hidden by a raised minimum index', async () => {
    const place = await closedLedger();
    for (const text of ['256\n', '512\n', '768\n', '100\n', 'x']) {
      writeFileSync(join(place.ledgerFolder, 'minimum-index'), text);
      await assert.rejects(place.open(), isDamage, text);
    }
  });
});

describe('a ledger whose folder is changed while it runs', () => {
  for (const [how, change] of [
    [
      'an entry',
      (place: TestLedger) => {
        const path = join(place.ledgerFolder, 'tile/entries/000');
        writeFileSync(
          path,
          readFileSync(path).toString('latin1').replace('test.happened', 'test.happenef'),
          'latin1',
        );
      },
    ],
    ['an entry with its hash', (place: TestLedger) => forge(place, 'tile/entries/000', 'tile/0/000')],
  ] as const) {
    test(`never shows, finds, exports or proves ${how} that was changed`, async () => {
      const place = create();
      const ledger = await place.open();
      const entries = await appendMany(ledger, 600);
      await until(() => ledger.status.signedSize === 600);
      change(place);
      const [changed, other] = [entries[7]?.id ?? '', entries[300]];
      await assert.rejects(collect(ledger.search({})), isDamage);
      await assert.rejects(ledger.find(changed), isDamage);
      await assert.rejects(collect(ledger.exportRange({})), isDamage);
      await assert.rejects(ledger.prove(changed), isDamage);
      assert.deepEqual((await ledger.find(other?.id ?? ''))?.entry, other);
      await ledger.close();
    });
  }
});

describe('a pruned ledger', () => {
  async function pruned() {
    const place = create();
    const ledger = await place.open();
    const old = { at: '2020-01-01T00:00:00.000Z' };
    await appendMany(ledger, 100, () => old);
    await until(() => ledger.status.signedSize === 100);
    const early = readFileSync(join(place.ledgerFolder, 'checkpoint'), 'utf8');
    await appendMany(ledger, 500, () => old);
    await appendMany(ledger, 10);
    assert.equal(await ledger.prune(Date.parse('2021-01-01')), 512);
    return { place, ledger, early };
  }

  test('is still held against checkpoints of entries that are gone, and opens again', async () => {
    const { place, ledger, early } = await pruned();
    const proof = await ledger.proveConsistency(100);
    assert.ok(proof.hashes.length > 0);
    await ledger.close();
    const verified = await place.verify(ledger, { checkpoint: early });
    assert.deepEqual([verified.problems, verified.earlier, verified.minimumIndex], [[], 'consistent', 512]);
    assert.ok(!filesOf(place.ledgerFolder).includes('tile/entries/000'));
    await (await place.open()).close();
  });

  test('whose hashes an earlier version removed says so, and not that somebody changed it', async () => {
    const { place, ledger, early } = await pruned();
    await ledger.close();
    for (const tile of ['tile/0/000', 'tile/0/001']) rmSync(join(place.ledgerFolder, tile));
    const verified = await place.verify(ledger, { checkpoint: early });
    assert.deepEqual([verified.ok, verified.problems, verified.earlier], [true, [], 'pruned']);
    const again = await place.open();
    await assert.rejects(again.proveConsistency(100), isFault('ledger.pruned'));
    assert.equal((await again.proveConsistency(600)).first, 600);
    await again.close();
  });

  test('with a hash of what is gone changed does not open and does not verify', async () => {
    const { place, ledger } = await pruned();
    await ledger.close();
    const tile = join(place.ledgerFolder, 'tile/0/001');
    const bytes = readFileSync(tile);
    writeFileSync(tile, bytes.with(40, (bytes[40] ?? 0) ^ 1));
    assert.ok(!(await place.verify(ledger)).ok);
    await assert.rejects(place.open(), isDamage);
  });
});
