import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createManualClock } from '../../../test/support/clock.ts';
import { Fault, silentLog } from '../../kernel/index.ts';
import type { KeyStore } from './data-keys.ts';
import { openKeyStore } from './key-store.ts';
import { openLocalKeys } from './local-keys.ts';
import { seal, unseal } from './seal.ts';
import { slotBytes } from './slot.ts';

const clock = createManualClock();
const prefixes = { subject: 'subj', day: 'day' };
const row = { purpose: 'captured', about: 'cap_1' };
const text = Buffer.from('what somebody wrote');

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'surety-vault-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function openIn(folder: string, more: { most?: number } = {}): Promise<KeyStore> {
  return openKeyStore({
    folder,
    create: true,
    provider: openLocalKeys(folder, { create: true }),
    prefixes,
    clock,
    log: silentLog,
    ...more,
  });
}

async function take(keys: KeyStore, name: string, purpose = 'subject'): Promise<string> {
  const reference = keys.take(purpose, name);
  assert.ok(reference, 'the store is full');
  await reference.kept;
  return reference.id;
}

const isFault = (code: string) => (error: unknown) => error instanceof Fault && error.code === code;

test('sealed bytes open for their key, purpose and row alone, and not when any byte of them is changed', () => {
  const key = Buffer.alloc(32, 7);
  const context = { keyId: 'a', purpose: 'captured', about: 'b' };
  const sealed = seal(key, text, context);
  assert.deepEqual(unseal(key, sealed, context), text);
  assert.ok(!sealed.includes(text));
  assert.notDeepEqual(seal(key, text, context), sealed, 'the nonce was used twice');
  for (let place = 0; place < sealed.length; place++) {
    const changed = Buffer.from(sealed);
    changed[place] = (changed[place] ?? 0) ^ 1;
    assert.throws(() => unseal(key, changed, context), isFault('seal.broken'), `byte ${place}`);
  }
  const elsewhere = [
    { ...context, keyId: 'c' },
    { ...context, purpose: 'case' },
    { ...context, about: 'c' },
    { keyId: 'ac', purpose: 'aptured', about: 'b' },
    { keyId: '', purpose: 'acaptured', about: 'b' },
  ];
  for (const other of elsewhere) assert.throws(() => unseal(key, sealed, other), isFault('seal.broken'));
  assert.throws(() => unseal(Buffer.alloc(32, 8), sealed, context), isFault('seal.broken'));
  for (const length of [0, 5, 28]) {
    assert.throws(() => unseal(key, sealed.subarray(0, length), context), isFault('seal.broken'));
  }
  assert.throws(() => seal(Buffer.alloc(16), text, context), RangeError);
});

test('a name has one key, also after a restart, and another name, purpose or folder has another', async (context) => {
  const folder = folderOf(context);
  const keys = await openIn(folder);
  const id = await take(keys, 'jo@example.com');
  assert.match(id, /^subj_[\w-]{22}$/);
  assert.equal(await take(keys, 'jo@example.com'), id);
  assert.notEqual(await take(keys, 'jo@example.org'), id);
  const day = await take(keys, 'jo@example.com', 'day');
  assert.match(day, /^day_/);
  const sealed = await keys.seal(id, row, text);
  await keys.close();
  const again = await openIn(folder);
  assert.equal(again.find('subject', 'jo@example.com'), id);
  assert.equal(again.find('subject', 'nobody'), undefined);
  assert.equal(await again.nameOf(id), 'jo@example.com');
  assert.deepEqual(await again.unseal(id, row, sealed), text);
  await assert.rejects(again.unseal(day, row, sealed), isFault('seal.broken'));
  await again.close();
  const other = await openIn(folderOf(context));
  assert.equal(other.find('subject', 'jo@example.com'), undefined);
  await other.close();
});

test('the files of the key store are for their owner alone, and hold no name and no key in the clear', async (context) => {
  const folder = folderOf(context);
  const keys = await openIn(folder);
  await take(keys, 'jo@example.com');
  await keys.close();
  assert.deepEqual(readdirSync(folder).toSorted(), ['data-keys', 'master-1.key', 'names.key']);
  for (const name of readdirSync(folder)) {
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    assert.ok(!readFileSync(join(folder, name), 'latin1').includes('example.com'), name);
  }
  for (const name of readdirSync(folder)) {
    chmodSync(join(folder, name), 0o640);
    await assert.rejects(async () => openIn(folder), isFault('data.unusable'), name);
    chmodSync(join(folder, name), 0o600);
  }
});

test('keys whose master key or names are missing are not opened with new ones', async (context) => {
  const folder = folderOf(context);
  const keys = await openIn(folder);
  const id = await take(keys, 'a');
  await keys.close();
  for (const name of ['master-1.key', 'names.key']) {
    const kept = readFileSync(join(folder, name));
    rmSync(join(folder, name));
    await assert.rejects(async () => openIn(folder), isFault('data.unusable'), name);
    assert.ok(!existsSync(join(folder, name)), `${name} was made anew`);
    writeFileSync(join(folder, name), kept, { mode: 0o600 });
  }
  const again = await openIn(folder);
  assert.equal(await again.nameOf(id), 'a');
  await again.close();
});

test('a destroyed key is gone from the file and from memory, and its name gets another', async (context) => {
  const folder = folderOf(context);
  const keys = await openIn(folder);
  const [id, other] = [await take(keys, 'jo@example.com'), await take(keys, 'other')];
  const sealed = await keys.seal(id, row, text);
  const before = readFileSync(join(folder, 'data-keys'));
  assert.equal(await keys.destroy([id, 'subj_nobody']), 1);
  assert.equal(await keys.destroy([id]), 0);
  const after = readFileSync(join(folder, 'data-keys'));
  assert.ok(
    after.subarray(0, slotBytes).every((byte) => byte === 0),
    'something of the key is still there',
  );
  assert.deepEqual(after.subarray(slotBytes), before.subarray(slotBytes), 'another key was touched');
  await assert.rejects(keys.unseal(id, row, sealed), isFault('data.erased'));
  await assert.rejects(keys.seal(id, row, text), isFault('data.erased'));
  assert.deepEqual([await keys.nameOf(id), keys.has(id), keys.has(other)], [undefined, false, true]);
  const next = await take(keys, 'jo@example.com');
  assert.notEqual(next, id);
  await assert.rejects(keys.unseal(next, row, sealed), isFault('seal.broken'));
  await keys.close();
  const again = await openIn(folder);
  assert.deepEqual([again.has(id), again.has(next), again.status().keys], [false, true, 2]);
  await again.close();
});

test('nothing is sealed under a key that is being destroyed, nor under zeros', async (context) => {
  const keys = await openIn(folderOf(context));
  const id = await take(keys, 'jo');
  const sealing = Array.from({ length: 50 }, () => keys.seal(id, row, text).catch(() => undefined));
  const destroyed = keys.destroy([id]);
  const sealed = (await Promise.all(sealing)).filter((bytes) => bytes !== undefined);
  await destroyed;
  for (const bytes of sealed) {
    assert.throws(() => unseal(Buffer.alloc(32), bytes, { keyId: id, ...row }), isFault('seal.broken'));
  }
  await keys.close();
});

test('a slot put in place of another does not open, nor one of an earlier version of the master key', async (context) => {
  const folder = folderOf(context);
  const keys = await openIn(folder);
  const [mine, theirs] = [await take(keys, 'mine'), await take(keys, 'theirs')];
  const sealed = await keys.seal(theirs, row, text);
  await keys.close();
  const file = join(folder, 'data-keys');
  const old = readFileSync(file);
  // The wrapped key of the second, with the id and place of the first; the checksum is right.
  const { decodeSlot, encodeSlot } = await import('./slot.ts');
  const [first, second] = [0, 1].map((index) =>
    decodeSlot(old.subarray(index * slotBytes, (index + 1) * slotBytes)),
  );
  assert.ok(typeof first === 'object' && typeof second === 'object');
  writeFileSync(
    file,
    Buffer.concat([encodeSlot({ ...first, wrapped: second.wrapped }), old.subarray(slotBytes)]),
  );
  const swapped = await openIn(folder);
  await assert.rejects(swapped.unseal(mine, row, sealed), isFault('seal.broken'));
  assert.deepEqual(await swapped.unseal(theirs, row, sealed), text);
  await swapped.close();
  writeFileSync(file, old);
  const rotated = await openIn(folder);
  assert.equal(await rotated.rotate(), 2);
  await rotated.close();
  // Somebody brings the file of before back: what opened it is gone.
  writeFileSync(file, old);
  const back = await openIn(folder);
  await assert.rejects(back.unseal(theirs, row, sealed), isFault('key.unknown'));
  await back.close();
});

test('a rotation wraps every key anew, destroys the old master key, and everything still opens', async (context) => {
  const folder = folderOf(context);
  const keys = await openIn(folder);
  const ids = await Promise.all(['a', 'b', 'c'].map((name) => take(keys, name)));
  const sealed = await Promise.all(ids.map((id) => keys.seal(id, row, text)));
  const wrapped = readFileSync(join(folder, 'data-keys')).subarray(90, slotBytes);
  assert.equal(await keys.rotate(), 3);
  assert.deepEqual(
    keys.status().versions.map(({ id }) => id),
    ['master-2'],
  );
  assert.deepEqual(readdirSync(folder).toSorted(), ['data-keys', 'master-2.key', 'names.key']);
  assert.ok(!readFileSync(join(folder, 'data-keys')).includes(wrapped));
  await keys.close();
  const again = await openIn(folder);
  for (const [index, id] of ids.entries()) {
    assert.deepEqual(await again.unseal(id, row, sealed[index] ?? Buffer.alloc(0)), text);
  }
  assert.equal(again.find('subject', 'b'), ids[1]);
  await again.close();
});

test('a rotation that a crash broke off is done again at the next start, with a master key that no copy left by it is wrapped under', async (context) => {
  const folder = folderOf(context);
  const keys = await openIn(folder);
  const id = await take(keys, 'a');
  const sealed = await keys.seal(id, row, text);
  await keys.close();
  await openLocalKeys(folder, { create: true }).advance();
  writeFileSync(join(folder, 'data-keys.new'), 'half');
  const again = await openIn(folder);
  assert.deepEqual(
    again.status().versions.map((version) => version.id),
    ['master-3'],
  );
  assert.deepEqual(await again.unseal(id, row, sealed), text);
  assert.ok(!existsSync(join(folder, 'data-keys.new')));
  await again.close();
});

test('a key whose writing was cut off is no key, and its place is clean', async (context) => {
  const folder = folderOf(context);
  const keys = await openIn(folder);
  const [whole, torn] = [await take(keys, 'whole'), await take(keys, 'torn')];
  await keys.close();
  const file = join(folder, 'data-keys');
  writeFileSync(file, readFileSync(file).subarray(0, slotBytes + 150));
  const again = await openIn(folder);
  assert.deepEqual([again.has(whole), again.has(torn)], [true, false]);
  assert.ok(
    readFileSync(file)
      .subarray(slotBytes)
      .every((byte) => byte === 0),
  );
  await again.close();
});

test('a flood of names stops at the bound, and those known go on', async (context) => {
  const keys = await openIn(folderOf(context), { most: 10 });
  const first = await take(keys, '0');
  for (let name = 1; name < 10; name++) keys.take('subject', String(name));
  assert.equal(keys.take('subject', 'one more'), undefined);
  assert.equal(await take(keys, '0'), first);
  await keys.destroy([first]);
  assert.notEqual(keys.take('subject', 'one more'), undefined);
  await keys.close();
});

test('the day a key was last asked for is kept over a restart', async (context) => {
  const folder = folderOf(context);
  const keys = await openIn(folder);
  const id = await take(keys, 'a');
  clock.advance(3 * 86_400_000);
  await take(keys, 'a');
  const day = Math.floor(clock.now() / 86_400_000);
  assert.deepEqual(keys.list(), [{ id, purpose: 'subject', seenDay: day }]);
  await keys.close();
  const again = await openIn(folder);
  assert.deepEqual(again.list(), [{ id, purpose: 'subject', seenDay: day }]);
  assert.equal(await again.madeAt(id), clock.now() - 3 * 86_400_000);
  await again.close();
});
