import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inspect, promisify } from 'node:util';
import { createLog, Fault } from '../kernel/index.ts';
import { createManualClock } from '../../test/support/clock.ts';
import { createSecrets } from './create-secrets.ts';

const canary = 'canary-5f1c';

/** Secrets over a fresh folder, and all that was logged. */
async function startSecrets(context: TestContext, environment: Record<string, string | undefined> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'surety-secrets-'));
  const clock = createManualClock();
  let logged = '';
  const log = createLog({
    clock,
    level: 'debug',
    write(line) {
      logged += line;
    },
  });
  const secrets = createSecrets({ environment, baseFolder: folder, clock, log, pollMs: 100 });
  context.after(async () => {
    secrets.close();
    await rm(folder, { recursive: true });
  });
  const write = (name: string, content: string | Buffer) =>
    writeFile(join(folder, name), content, { mode: 0o600 });
  return { folder, secrets, clock, write, logged: () => logged };
}

/** Waits until the condition holds; the test's own time limit ends what never does. */
async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => void setTimeout(resolve, 10));
}

const faultOf = async (attempt: Promise<unknown>): Promise<Fault> => {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Fault);
  return error;
};

test('a secret is read from a variable and from a file, without the line ending at its end', async (context) => {
  const { secrets, write, folder } = await startSecrets(context, { KEY: `${canary}\n` });
  await write('key', `${canary}\r\n`);
  assert.equal((await secrets.read('env:KEY')).reveal(), canary);
  assert.equal((await secrets.read('file:key')).reveal(), canary);
  assert.equal((await secrets.read(`file:${folder}/key`)).reveal(), canary);
  await write('key', ` ${canary}\n\n`);
  assert.equal((await secrets.read('file:key')).reveal(), ` ${canary}\n`);
});

test('a secret does not print', async (context) => {
  const { secrets } = await startSecrets(context, { KEY: canary });
  const secret = await secrets.read('env:KEY');
  assert.ok(
    !`${String(secret)}${JSON.stringify({ secret })}${inspect({ secret }, { depth: 9 })}`.includes(canary),
  );
});

test('an empty, missing, oversized or binary secret is refused', async (context) => {
  const { secrets, write } = await startSecrets(context, {
    EMPTY: '',
    BLANK: ' \n',
    LONG: 'x'.repeat(65_537),
  });
  await write('empty', '\n');
  await write('long', 'x'.repeat(65_537));
  await write('binary', Buffer.from([0xff, 0xfe, 0x00]));
  const references = [
    'env:EMPTY',
    'env:BLANK',
    'env:LONG',
    'env:NONE',
    'env:constructor',
    'file:empty',
    'file:long',
    'file:binary',
  ];
  for (const reference of [...references, 'file:none', 'file:.', 'file:/dev/zero']) {
    const { code, message } = await faultOf(secrets.read(reference));
    assert.equal(code, 'secret.unavailable', reference);
    assert.ok(message.includes(reference));
  }
});

test('a named pipe in the place of a secret neither blocks nor is read', async (context) => {
  const { secrets, folder } = await startSecrets(context);
  await promisify(execFile)('mkfifo', [join(folder, 'pipe')]);
  assert.match((await faultOf(secrets.read('file:pipe'))).message, /not a regular file/);
});

test('a secret written in the place of a reference is not repeated by the fault', async (context) => {
  const { secrets, logged } = await startSecrets(context);
  for (const text of [canary, `vault:${canary}`, `env:${canary} x`, `file:\n${canary}`]) {
    for (const attempt of [secrets.read(text), secrets.follow(text)]) {
      const fault = await faultOf(attempt);
      assert.equal(fault.code, 'secret.invalid');
      assert.ok(!inspect(fault, { depth: 9 }).includes(canary));
    }
  }
  assert.ok(!logged().includes(canary));
});

test('a secret file that every user can read is warned of, without the secret', async (context) => {
  const { secrets, write, folder, logged } = await startSecrets(context);
  await write('key', canary);
  await secrets.read('file:key');
  assert.equal(logged(), '');
  await chmod(join(folder, 'key'), 0o644);
  await secrets.read('file:key');
  assert.match(logged(), /readable by every user.*file:key/);
  assert.ok(!logged().includes(canary));
});

test('a followed secret takes the new value when its file changes', async (context) => {
  const { secrets, write, folder, clock } = await startSecrets(context);
  await write('key', 'one');
  const live = await secrets.follow('file:key');
  assert.equal(live.current().reveal(), 'one');
  clock.advance(1000);
  await write('key', 'two');
  await eventually(() => live.current().reveal() === 'two');
  assert.equal(live.readAt, clock.now());
  await write('new', 'three');
  await rename(join(folder, 'new'), join(folder, 'key'));
  await eventually(() => live.current().reveal() === 'three');
});

test("a Kubernetes secret's swap of its ..data symlink is followed", async (context) => {
  const { secrets, write, folder } = await startSecrets(context);
  await mkdir(join(folder, '..1'));
  await write('..1/key', 'one');
  await symlink('..1', join(folder, '..data'));
  await symlink('..data/key', join(folder, 'key'));
  const live = await secrets.follow('file:key');
  await mkdir(join(folder, '..2'));
  await write('..2/key', 'two');
  await symlink('..2', join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  await rm(join(folder, '..1'), { recursive: true });
  await eventually(() => live.current().reveal() === 'two');
});

test('a followed secret that vanishes or becomes empty keeps its last value and warns', async (context) => {
  const { secrets, write, folder, logged } = await startSecrets(context);
  await write('key', canary);
  const live = await secrets.follow('file:key');
  await rm(join(folder, 'key'));
  await eventually(() => /its last value stays in use.*does not exist/.test(logged()));
  assert.equal(live.current().reveal(), canary);
  await write('key', '');
  await eventually(() => /its last value stays in use.*is empty/.test(logged()));
  assert.equal(live.current().reveal(), canary);
  assert.ok(!logged().includes(canary));
});

test('a followed secret that was never there fails until it comes', async (context) => {
  const { secrets, write } = await startSecrets(context);
  const live = await secrets.follow('file:key');
  assert.throws(() => live.current(), { code: 'secret.unavailable' });
  await write('key', 'one');
  await eventually(() => {
    try {
      return live.current().reveal() === 'one';
    } catch {
      return false;
    }
  });
});
