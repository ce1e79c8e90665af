import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Fault } from '../kernel/index.ts';
import {
  appendMany,
  collect,
  newTestId,
  testEntry,
  until,
  useTestLedgers,
} from '../../test/support/ledger.ts';
import { checkConsistency, checkInclusion } from './proof.ts';

const create = useTestLedgers();

describe('the ledger', () => {
  test('keeps entries in the order they were handed over, across restarts', async () => {
    const place = create();
    const first = await place.open();
    const before = await appendMany(first, 300);
    await first.close();
    const second = await place.open();
    const later = await appendMany(second, 300);
    const all = await collect(second.search({}));
    assert.deepEqual(
      all.map(({ entry }) => entry),
      [...before, ...later],
    );
    assert.deepEqual(
      all.map(({ index }) => index),
      Array.from({ length: 600 }, (_, index) => index),
    );
    await second.close();
    const { ok, size, unsigned, problems } = await place.verify(second);
    assert.deepEqual({ ok, size, unsigned, problems }, { ok: true, size: 600, unsigned: 0, problems: [] });
  });

  test('has a signed checkpoint before it takes anything, so that no crash leaves tiles without one', async () => {
    const place = create();
    const ledger = await place.open({ checkpointEveryMs: 60_000 });
    const [, size] = readFileSync(join(place.ledgerFolder, 'checkpoint'), 'utf8').split('\n');
    assert.equal(size, '0');
    assert.deepEqual((await place.verify(ledger)).problems, []);
    await ledger.close();
  });

  test('signs new entries by itself', async () => {
    const place = create();
    const ledger = await place.open();
    await appendMany(ledger, 5);
    await until(() => ledger.status.signedSize === 5);
    assert.equal(ledger.status.size, 5);
    await ledger.close();
  });

  test('signs whole bundles first while many entries come, and the rest with the next checkpoint', async () => {
    const place = create();
    const ledger = await place.open();
    const signed = new Set<number>();
    ledger.onStatus(({ signedSize }) => signed.add(signedSize));
    await appendMany(ledger, 700);
    await until(() => ledger.status.signedSize === 700);
    assert.deepEqual(
      [...signed].filter((size) => size > 0),
      [512, 700],
    );
    assert.deepEqual(readdirSync(join(place.ledgerFolder, 'tile/entries')), ['000', '001', '002.p']);
    assert.deepEqual(readdirSync(join(place.ledgerFolder, 'tile/entries/002.p')), ['188']);
    await ledger.close();
    const { ok, problems, size } = await place.verify(ledger);
    assert.deepEqual({ ok, problems, size }, { ok: true, problems: [], size: 700 });
  });

  test('finds entries by every field, signed or not, in both orders, with limits', async () => {
    const place = create();
    const ledger = await place.open({ checkpointEveryMs: 60_000 });
    const values = (index: number) => ({
      kind: `test.k${index % 3}`,
      actor: `key_${index % 40}`,
      source: `addr_${index % 50}`,
      target: `t${index % 60}`,
      reason: index % 7 === 0 ? 'limit.tokens' : undefined,
      outcome: index % 7 === 0 ? ('denied' as const) : ('allowed' as const),
      detail: { route: `/r${index % 4}`, model: `m${index % 5}`, role: `role${index % 6}`, n: index },
    });
    await appendMany(ledger, 1000, values);
    await ledger.prove((await collect(ledger.search({ limit: 1 })))[0]?.entry.id ?? '');
    await appendMany(ledger, 400, values);
    const queries = [
      { kind: 'test.k1' },
      { actor: 'key_7', kind: 'test.k1' },
      { source: 'addr_3', outcome: 'denied' as const },
      { target: 't9', reason: 'limit.tokens' },
      { route: '/r1', model: 'm2', role: 'role3' },
      { actor: 'nobody' },
    ];
    const all = await collect(ledger.search({}));
    for (const query of queries) {
      const expected = all.filter(({ entry: { detail, ...entry } }) =>
        Object.entries(query).every(([name, value]) => ({ ...entry, ...detail })[name] === value),
      );
      const found = await collect(ledger.search(query));
      assert.deepEqual(found, expected);
      const newest = await collect(ledger.search({ ...query, order: 'newest', limit: 3 }));
      assert.deepEqual(newest, expected.toReversed().slice(0, 3));
      const middle = expected[Math.floor(expected.length / 2)]?.index ?? 0;
      assert.deepEqual(
        await collect(ledger.search({ ...query, from: middle })),
        expected.filter(({ index }) => index >= middle),
      );
      const below = await collect(ledger.search({ ...query, from: middle, order: 'newest' }));
      assert.deepEqual(below, expected.filter(({ index }) => index < middle).toReversed());
    }
    await ledger.close();
  });

  test('finds entries by time and by id, also one handed over long after its id was made', async () => {
    const place = create();
    const ledger = await place.open();
    const day = (index: number) => new Date(Date.UTC(2026, 0, 1 + Math.floor(index / 100))).toISOString();
    const late = testEntry({ at: day(0) });
    await appendMany(ledger, 700, (index) => ({ at: day(index) }));
    await ledger.append(late);
    const span = { since: Date.UTC(2026, 0, 3), until: Date.UTC(2026, 0, 5) };
    const found = await collect(ledger.search(span));
    assert.deepEqual([found.length, found[0]?.index, found.at(-1)?.index], [200, 200, 399]);
    assert.deepEqual((await ledger.find(late.id))?.entry, late);
    assert.equal(await ledger.find(newTestId()), undefined);
    assert.equal(await ledger.find('not an id'), undefined);
    await ledger.close();
  });

  test('proves an entry against a signed checkpoint, and the proof fits no other entry', async () => {
    const place = create();
    const ledger = await place.open({ checkpointEveryMs: 60_000 });
    const entries = await appendMany(ledger, 600);
    for (const index of [0, 255, 256, 599]) {
      const entry = entries[index];
      assert.ok(entry);
      const proof = await ledger.prove(entry.id);
      assert.ok(proof);
      assert.equal(proof.index, index);
      assert.ok(checkInclusion({ proof, entry, verifierKeys: [ledger.verifierKey] }));
      assert.ok(
        !checkInclusion({
          proof,
          entry: { ...entry, outcome: 'failed' },
          verifierKeys: [ledger.verifierKey],
        }),
      );
      assert.ok(
        !checkInclusion({ proof: { ...proof, index: index + 1 }, entry, verifierKeys: [ledger.verifierKey] }),
      );
    }
    assert.equal(await ledger.prove(newTestId()), undefined);
    await ledger.close();
  });

  test('proves that an earlier checkpoint is its beginning', async () => {
    const place = create();
    const ledger = await place.open();
    const [first] = await appendMany(ledger, 300);
    const earlier = (await ledger.prove(first?.id ?? ''))?.checkpoint ?? '';
    await appendMany(ledger, 400);
    await until(() => ledger.status.signedSize === 700);
    const proof = await ledger.proveConsistency(300);
    assert.ok(checkConsistency({ proof, earlier, verifierKeys: [ledger.verifierKey] }));
    const forged = { ...proof, hashes: proof.hashes.toReversed() };
    assert.ok(!checkConsistency({ proof: forged, earlier, verifierKeys: [ledger.verifierKey] }));
    await assert.rejects(
      ledger.proveConsistency(0),
      (fault) => fault instanceof Fault && fault.code === 'api.invalid',
    );
    await ledger.close();
  });

  test('makes a missing, damaged or foreign index anew', async () => {
    const place = create();
    const other = create();
    const foreign = await other.open();
    await appendMany(foreign, 600, () => ({ kind: 'test.wanted' }));
    await foreign.close();
    const first = await place.open();
    await appendMany(first, 600, (index) => ({ kind: index % 100 === 0 ? 'test.wanted' : 'test.other' }));
    await first.close();
    const damages = [
      () => rmSync(place.indexFile),
      () => writeFileSync(place.indexFile, 'not a database'),
      () => writeFileSync(place.indexFile, readFileSync(other.indexFile)),
    ];
    for (const damage of damages) {
      damage();
      const ledger = await place.open();
      const found = await collect(ledger.search({ kind: 'test.wanted' }));
      assert.deepEqual(
        found.map(({ index }) => index),
        [0, 100, 200, 300, 400, 500],
      );
      await ledger.close();
    }
  });

  test('refuses an entry longer than a bundle can hold, and takes the longest that fits', async () => {
    const place = create();
    const ledger = await place.open();
    const sized = (text: string) => testEntry({ detail: { text } });
    const room = 0xffff - Buffer.byteLength(JSON.stringify(sized('')));
    const longest = sized('x'.repeat(room));
    await ledger.append(longest);
    const tooLarge = (fault: unknown) => fault instanceof Fault && fault.code === 'ledger.entry-too-large';
    await assert.rejects(ledger.append(sized('x'.repeat(room + 1))), tooLarge);
    await assert.rejects(ledger.append(sized('€'.repeat(room / 2))), tooLarge);
    assert.deepEqual((await ledger.find(longest.id))?.entry, longest);
    await ledger.close();
    assert.ok((await place.verify(ledger)).ok);
  });

  test('signing keys are readable by their owner alone, and a key others can read is refused', async () => {
    const place = create();
    await (await place.open()).close();
    const path = join(place.folder, 'keys', 'ledger-1.pem');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    chmodSync(path, 0o640);
    await assert.rejects(place.open(), (fault) => fault instanceof Fault && fault.code === 'data.unusable');
  });

  test('a rotated key signs on, and the older checkpoint stays verifiable', async () => {
    const place = create();
    const first = await place.open();
    await appendMany(first, 10);
    await first.close();
    const earlier = readFileSync(join(place.ledgerFolder, 'checkpoint'), 'utf8');
    const next = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(join(place.folder, 'keys/ledger-2.pem'), next, { mode: 0o600 });
    const second = await place.open();
    assert.notEqual(second.verifierKey, first.verifierKey);
    await appendMany(second, 10);
    await second.close();
    const both = [first.verifierKey, second.verifierKey];
    const { ok, problems } = await place.verify(second, { verifierKeys: both, checkpoint: earlier });
    assert.deepEqual({ ok, problems }, { ok: true, problems: [] });
    assert.ok(!(await place.verify(first)).ok);
  });

  test('a folder that somebody changed gets no new signature', async () => {
    const place = create();
    const ledger = await place.open();
    await appendMany(ledger, 300);
    await ledger.close();
    const tile = join(place.ledgerFolder, 'tile/0/001.p/44');
    const bytes = readFileSync(tile);
    const damaged = (fault: unknown) => fault instanceof Fault && fault.code === 'ledger.damaged';
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    writeFileSync(tile, bytes);
    await assert.rejects(place.open(), damaged);
    rmSync(join(place.ledgerFolder, 'checkpoint'));
    await assert.rejects(place.open(), damaged);
  });

  test('leaves no journal behind when all of it is signed, and no unfinished file', async () => {
    const place = create();
    const ledger = await place.open();
    await appendMany(ledger, 300);
    await ledger.close();
    assert.deepEqual(readdirSync(join(place.ledgerFolder, 'journal')), []);
    assert.deepEqual(readdirSync(join(place.ledgerFolder, 'temporary')), []);
  });
});
