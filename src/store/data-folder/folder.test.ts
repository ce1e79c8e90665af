import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Fault, type FaultCode } from '../../kernel/index.ts';
import { openDataFolder } from './folder.ts';

let parent = '';
let folder = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'surety-folder-'));
  folder = join(parent, 'data');
});
afterEach(() => rmSync(parent, { recursive: true }));

const open = (create = true) => openDataFolder({ folder, create });
const isFault = (code: FaultCode, detail?: RegExp) => (thrown: unknown) =>
  thrown instanceof Fault && thrown.code === code && (!detail || detail.test(thrown.message));

test('a new data folder is readable by its owner alone', () => {
  open().release();
  for (const name of ['.', 'ledger', 'keys']) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o700);
});

test('a second use of the folder is refused and names the process that holds it', () => {
  const first = open();
  assert.throws(open, isFault('data.locked', new RegExp(`Process ${process.pid} `)));
  first.release();
  open().release();
});

test('the lock of a process that was killed is free at once', async () => {
  const holder = `
    import { openDataFolder } from ${JSON.stringify(join(import.meta.dirname, 'folder.ts'))};
    openDataFolder({ folder: ${JSON.stringify(folder)}, create: true });
    process.send('held');
    setInterval(() => {}, 1000);
  `;
  const file = join(parent, 'holder.mts');
  writeFileSync(file, holder);
  const child = fork(file);
  await once(child, 'message');
  assert.throws(open, isFault('data.locked', new RegExp(`Process ${child.pid} `)));
  child.kill('SIGKILL');
  await once(child, 'exit');
  open(false).release();
});

test('a folder of a newer version is refused and left as it was', () => {
  open().release();
  writeFileSync(join(folder, 'format'), '2\n');
  const before = readdirSync(folder);
  assert.throws(() => open(false), isFault('data.newer'));
  assert.deepEqual(readdirSync(folder), before);
});

test('a damaged format file is refused', () => {
  open().release();
  for (const text of ['', '0', '-1', '1e9', 'one']) {
    writeFileSync(join(folder, 'format'), text);
    assert.throws(() => open(false), isFault('data.unusable', /damaged/));
  }
});

test('a folder with content that others can write is refused', () => {
  open().release();
  for (const mode of [0o720, 0o702]) {
    chmodSync(folder, mode);
    assert.throws(() => open(false), isFault('data.unusable', /other users/));
  }
});

test('a folder that others can only read is closed to them', () => {
  open().release();
  chmodSync(folder, 0o755);
  open(false).release();
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

test('a folder with files of someone else is not taken over', () => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'thesis.txt'), 'words');
  assert.throws(open, isFault('data.unusable', /is not a data folder/));
  assert.deepEqual(readdirSync(folder), ['thesis.txt']);
});

test('a fresh volume with lost+found is taken', () => {
  mkdirSync(join(folder, 'lost+found'), { recursive: true });
  open().release();
});

test('a missing or empty folder is not made where only reading was asked for', () => {
  assert.throws(() => open(false), isFault('data.unusable', /does not exist/));
  mkdirSync(folder);
  assert.throws(() => open(false), isFault('data.unusable', /is empty/));
  assert.deepEqual(readdirSync(folder), []);
});

test('a file is not a folder', () => {
  writeFileSync(folder, '');
  assert.throws(() => open(false), isFault('data.unusable'));
});
