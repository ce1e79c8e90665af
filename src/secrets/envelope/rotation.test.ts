import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { createManualClock } from '../../../test/support/clock.ts';
import { silentLog } from '../../kernel/index.ts';
import type { KeyStore } from './data-keys.ts';
import { openKeyStore } from './key-store.ts';
import { openLocalKeys } from './local-keys.ts';
import { unseal } from './seal.ts';
import { decodeSlot, slotBytes } from './slot.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'surety-rotation-'));

/**
 * A disk that stops at a chosen operation, as at a crash: that operation and all after it fail. A file that is removed or replaced keeps a name in
 * `removed`, so that what a disk holds without a name can be read as well.
 */
const disk = {
  stopAt: Number.POSITIVE_INFINITY,
  operations: 0,
  removed: join(root, 'removed'),
  clean() {
    fs.rmSync(this.removed, { recursive: true, force: true });
    fs.mkdirSync(this.removed);
  },
};

let linked = 0;
const originals = { linkSync: fs.linkSync, existsSync: fs.existsSync };
function keepName(path: string): void {
  if (originals.existsSync(path))
    originals.linkSync(path, join(disk.removed, `${(linked += 1)}-${basename(path)}`));
}

function step(): void {
  disk.operations += 1;
  if (disk.operations >= disk.stopAt) throw Object.assign(new Error('EIO: stopped'), { code: 'EIO' });
}

type Operation = (...args: never[]) => unknown;
const undo: (() => void)[] = [];

function patch(object: object, name: string, before: (...args: readonly unknown[]) => void): void {
  const original = Reflect.get(object, name) as Operation;
  const patched = function (this: unknown, ...args: unknown[]): unknown {
    before(...args);
    return Reflect.apply(original, this, args);
  };
  Reflect.set(object, name, patched);
  undo.push(() => void Reflect.set(object, name, original));
}

const probe = await fs.promises.open(root, 'r');
const handles = Object.getPrototypeOf(probe) as object;
await probe.close();
/** A promise that fails, and no throw: as the operation itself does. */
function patchAsync(
  object: object,
  name: string,
  keep: (args: readonly unknown[]) => unknown = () => {},
): void {
  const original = Reflect.get(object, name) as Operation;
  const patched = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    step();
    keep(args);
    return Reflect.apply(original, this, args);
  };
  Reflect.set(object, name, patched);
  undo.push(() => void Reflect.set(object, name, original));
}
for (const name of ['write', 'datasync', 'sync']) patchAsync(handles, name);
patchAsync(fs.promises, 'rename', ([, to]) => keepName(String(to)));
patchAsync(fs.promises, 'unlink', ([path]) => keepName(String(path)));
patchAsync(fs.promises, 'rm', ([path]) => keepName(String(path)));
for (const name of ['writeSync', 'fsyncSync', 'linkSync']) patch(fs, name, step);
for (const name of ['unlinkSync', 'rmSync'])
  patch(fs, name, (path) => {
    if (String(path).startsWith(join(root, 'vault', 'keys/'))) {
      step();
      keepName(String(path));
    }
  });
syncBuiltinESMExports();
after(() => {
  for (const one of undo) one();
  syncBuiltinESMExports();
  fs.rmSync(root, { recursive: true });
});

const folder = join(root, 'vault', 'keys');
const open = async (): Promise<KeyStore> =>
  openKeyStore({
    folder,
    create: true,
    provider: openLocalKeys(folder, { create: true }),
    prefixes: { subject: 'subj' },
    clock: createManualClock(),
    log: silentLog,
  });

/** Rotates, and stops at an operation; then starts, and stops again at one; then starts and erases. Whether the first stop was reached. */
async function interrupt(first: number, second: number): Promise<boolean> {
  disk.stopAt = Number.POSITIVE_INFINITY;
  fs.rmSync(join(root, 'vault'), { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  disk.clean();
  const keys = await open();
  const [erased, other] = ['jo@example.com', 'other'].map((name) => keys.take('subject', name));
  assert.ok(erased && other);
  await Promise.all([erased.kept, other.kept]);
  const sealed = await keys.seal(other.id, { purpose: 'test', about: '' }, Buffer.from('text'));
  disk.operations = 0;
  disk.stopAt = first;
  const rotated = await keys.rotate().then(
    () => true,
    () => false,
  );
  await keys.close().catch(() => {});
  disk.operations = 0;
  disk.stopAt = second;
  await open()
    .then((again) => again.close())
    .catch(() => {});
  disk.stopAt = Number.POSITIVE_INFINITY;
  const last = await open();
  assert.equal(
    await last.nameOf(erased.id),
    'jo@example.com',
    `stopped at ${first}, ${second}: a key is lost`,
  );
  await last.destroy([erased.id]);
  assert.equal((await last.unseal(other.id, { purpose: 'test', about: '' }, sealed)).toString(), 'text');
  assert.equal(last.status().versions.length, 1);
  await last.close();
  assert.deepEqual(
    openable(Buffer.from(erased.id.slice('subj_'.length), 'base64url')),
    [],
    `${first}, ${second}`,
  );
  return !rotated;
}

/** Every slot of a key in all files there are and ever were, that opens with a master key in any of them. */
function openable(id: Buffer): readonly string[] {
  const files = [folder, disk.removed].flatMap((place) =>
    fs.readdirSync(place).map((name) => join(place, name)),
  );
  const masters = files
    .filter((path) => path.includes('master-'))
    .map((path) => Buffer.from(fs.readFileSync(path, 'utf8').trim(), 'base64url'))
    .filter((key) => key.length === 32);
  return files.flatMap((path) => {
    const bytes = fs.readFileSync(path);
    const found: string[] = [];
    for (let at = bytes.indexOf(id); at >= 0; at = bytes.indexOf(id, at + 1)) {
      const slot = decodeSlot(bytes.subarray(at - 16, at - 16 + slotBytes));
      if (typeof slot !== 'object') continue;
      const about = `${slot.id.toString('hex')} ${slot.lookup.toString('hex')}`;
      for (const master of masters)
        try {
          unseal(master, slot.wrapped, { keyId: slot.masterId, purpose: `key of ${slot.purpose}`, about });
          found.push(basename(path));
        } catch {
          // It does not open with this one.
        }
    }
    return [...new Set(found)];
  });
}

test('after a rotation that stopped at any operation, and whose recovery stopped at any, nothing left on the disk opens the key of a subject that is erased then', async () => {
  let first = 1;
  while (await interrupt(first, Number.POSITIVE_INFINITY)) {
    for (let second = 1 + (first % 3); second <= 22; second += 3) await interrupt(first, second);
    first += 1;
  }
  assert.ok(first > 15, `a rotation has only ${first} operations`);
});

test('the search for slots that open finds one that is there', async () => {
  await interrupt(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  const keys = await open();
  const reference = keys.take('subject', 'somebody');
  await reference?.kept;
  await keys.close();
  assert.deepEqual(openable(Buffer.from(reference?.id.slice('subj_'.length) ?? '', 'base64url')), [
    'data-keys',
  ]);
});
