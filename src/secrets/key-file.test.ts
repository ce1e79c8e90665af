import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Fault } from '../kernel/index.ts';
import { openKeyFile } from './key-file.ts';

function keyPath(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'surety-key-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'keys', 'own.key');
}

function unusable(path: string, sentence: RegExp): void {
  assert.throws(
    () => openKeyFile(path, { create: true }),
    (error) => {
      assert.ok(error instanceof Fault);
      assert.equal(error.code, 'data.unusable');
      assert.match(error.message, sentence);
      return true;
    },
  );
}

test('a key file is made once, for its owner alone, and is the same ever after', (context) => {
  const path = keyPath(context);
  const key = openKeyFile(path, { create: true });
  assert.equal(Buffer.from(key.reveal(), 'base64url').length, 32);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
  assert.equal(openKeyFile(path, { create: true }).reveal(), key.reveal());
  assert.deepEqual(readdirSync(dirname(path)), ['own.key'], 'something was left beside it');
  assert.notEqual(openKeyFile(`${path}.other`, { create: true }).reveal(), key.reveal());
});

test('a key file that others can read is not used', (context) => {
  const path = keyPath(context);
  openKeyFile(path, { create: true });
  for (const mode of [0o640, 0o604, 0o620, 0o666]) {
    chmodSync(path, mode);
    unusable(path, /can be read by others; chmod 600 it/);
  }
});

test('a damaged key file is not used, not repaired and not repeated', (context) => {
  const path = keyPath(context);
  const key = openKeyFile(path, { create: true }).reveal();
  for (const text of ['', key.slice(0, 20), `${key}${key}`, '{}']) {
    writeFileSync(path, text);
    unusable(path, /is damaged: restore it from a backup/);
    assert.equal(readFileSync(path, 'utf8'), text);
    assert.throws(
      () => openKeyFile(path, { create: true }),
      (error) => error instanceof Error && !error.message.includes(key.slice(0, 20)),
    );
  }
});
