import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault, Secret, silentLog } from '../kernel/index.ts';
import { createManualClock } from '../../test/support/clock.ts';
import { openStore } from '../store/index.ts';
import { createPseudonyms } from './pseudonyms.ts';
import { createCursors, createPseudonymStore, type PseudonymStore, type SealedPseudonym } from './store.ts';

const key = new Secret('0123456789abcdef0123456789abcdef');
const clock = createManualClock();
const common = { key, clock, log: silentLog, flushEveryMs: 3_600_000 };

function createMemoryStore() {
  const rows = new Map<string, SealedPseudonym>();
  const store: PseudonymStore = {
    async remember(given) {
      for (const row of given) if (!rows.has(row.pseudonym)) rows.set(row.pseudonym, row);
    },
    find: async (pseudonym) => rows.get(pseudonym),
    async erase(pseudonym, createdAt) {
      const known = rows.get(pseudonym);
      rows.set(pseudonym, { pseudonym, kind: 'erased', sealed: '', createdAt });
      return known !== undefined && known.sealed !== '';
    },
    forget: async () => 0,
  };
  return { rows, store };
}

const folder = mkdtempSync(join(tmpdir(), 'surety-pseudonyms-'));
const opened = await openStore({ file: join(folder, 'state.sqlite'), log: silentLog });
after(async () => {
  await opened.close();
  rmSync(folder, { recursive: true });
});

test('an address has one pseudonym however it is written, and shares its network with its neighbours', () => {
  const { address } = createPseudonyms({ ...common, store: createMemoryStore().store });
  const first = address('192.0.2.7');
  assert.match(first.address, /^addr_[\w-]{22}$/);
  assert.match(first.network, /^net_[\w-]{22}$/);
  assert.deepEqual(address('::ffff:192.0.2.7'), first);
  assert.equal(address('192.0.2.8').network, first.network);
  assert.notEqual(address('192.0.2.8').address, first.address);
  assert.notEqual(address('192.0.3.7').network, first.network);
  assert.deepEqual(address('2001:DB8::1'), address('2001:0db8:0:0::1'));
  assert.equal(address('2001:db8:0:ffff::1').network, address('2001:db8::1').network);
  assert.notEqual(address('2001:db8:1::1').network, address('2001:db8::1').network);
});

test('without the key a pseudonym cannot be guessed from the address', () => {
  const other = createPseudonyms({
    ...common,
    key: new Secret('f'.repeat(32)),
    store: createMemoryStore().store,
  });
  const mine = createPseudonyms({ ...common, store: createMemoryStore().store });
  assert.notEqual(mine.address('192.0.2.7').address, other.address('192.0.2.7').address);
  assert.notEqual(mine.person('192.0.2.7').slice(7), mine.address('192.0.2.7').address.slice(5));
  assert.throws(
    () => createPseudonyms({ ...common, key: new Secret('short'), store: createMemoryStore().store }),
    (fault) => fault instanceof Fault && fault.code === 'secret.invalid',
  );
});

test('the meaning is sealed in the store, and revealed with the key alone', async () => {
  const { rows, store } = createMemoryStore();
  const pseudonyms = createPseudonyms({ ...common, store });
  const { address, network } = pseudonyms.address('192.0.2.7');
  const person = pseudonyms.person('jo@example.com');
  assert.equal(await pseudonyms.reveal(address), '192.0.2.7');
  await pseudonyms.flush();
  assert.ok(!/192\.0\.2|jo@/.test(JSON.stringify([...rows.values()])));
  const later = createPseudonyms({ ...common, store });
  assert.deepEqual(
    [await later.reveal(address), await later.reveal(network), await later.reveal(person)],
    ['192.0.2.7', '192.0.2.0/24', 'jo@example.com'],
  );
  assert.equal(await later.reveal('addr_unknown'), undefined);
  const stranger = createPseudonyms({ ...common, key: new Secret('f'.repeat(32)), store });
  await assert.rejects(stranger.reveal(address));
});

test('a sealed meaning cannot be moved to another pseudonym', async () => {
  const { rows, store } = createMemoryStore();
  const pseudonyms = createPseudonyms({ ...common, store });
  const [mine, other] = [pseudonyms.address('192.0.2.7').address, pseudonyms.address('192.0.2.8').address];
  await pseudonyms.flush();
  const row = rows.get(other);
  assert.ok(row);
  rows.set(mine, { ...row, pseudonym: mine });
  await assert.rejects(pseudonyms.reveal(mine));
});

test('an erased meaning does not come back when the address is seen again', async () => {
  const store = createPseudonymStore(opened);
  const pseudonyms = createPseudonyms({ ...common, store });
  const { address } = pseudonyms.address('198.51.100.1');
  assert.equal(await pseudonyms.erase(address), true);
  assert.equal(await pseudonyms.reveal(address), undefined);
  assert.equal(await pseudonyms.erase(address), false);
  const afterRestart = createPseudonyms({ ...common, store });
  assert.equal(afterRestart.address('198.51.100.1').address, address);
  await afterRestart.flush();
  assert.equal(await afterRestart.reveal(address), undefined);
  await afterRestart.close();
});

test('a flood from one IPv6 network keeps the network and a bounded number of addresses', async () => {
  const { rows, store } = createMemoryStore();
  const pseudonyms = createPseudonyms({ ...common, store });
  for (let host = 1; host <= 20_000; host++)
    pseudonyms.address(`2001:db8:0:${(host % 50).toString(16)}::${host.toString(16)}`);
  await pseudonyms.flush();
  assert.equal(rows.size, 65);
  assert.equal([...rows.values()].filter(({ kind }) => kind === 'network').length, 1);
});

test('what cannot be kept now is kept later', async () => {
  const { rows, store } = createMemoryStore();
  let works = false;
  const failing: PseudonymStore = {
    ...store,
    remember: async (given) => {
      if (!works) throw new Error('the store is away');
      await store.remember(given);
    },
  };
  const pseudonyms = createPseudonyms({ ...common, store: failing });
  const { address } = pseudonyms.address('192.0.2.7');
  await assert.rejects(pseudonyms.flush());
  assert.equal(await pseudonyms.reveal(address), '192.0.2.7');
  works = true;
  await pseudonyms.close();
  assert.equal(rows.size, 2);
});

test('text that is no address gives a pseudonym of its own kind and no error', () => {
  const { address } = createPseudonyms({ ...common, store: createMemoryStore().store });
  assert.deepEqual(address('not an address'), address('another'));
});

test('cursors start at 0 and keep what was saved', async () => {
  const cursors = createCursors(opened);
  assert.equal(await cursors.load('usage'), 0);
  await cursors.save('usage', 7);
  await cursors.save('usage', 9);
  await cursors.save('other', 1);
  assert.deepEqual([await cursors.load('usage'), await cursors.load('other')], [9, 1]);
});
