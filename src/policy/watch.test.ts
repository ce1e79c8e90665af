import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../kernel/index.ts';
import { definePolicy } from './format.ts';
import { systemSection } from './system.ts';
import { readPolicyFile, watchPolicy } from './watch.ts';

const format = definePolicy([systemSection]);
const policyText = (name: string) => `version: 1\nsystem: { name: ${name} }\n`;

/** A folder, a policy in it that is watched, and what the watch said so far. */
async function startWatch(
  context: TestContext,
  place: (folder: string) => Promise<string>,
  { read = format.read, graceMs = 50 } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'surety-policy-'));
  const file = await place(folder);
  const first = await readPolicyFile(file, format.read);
  assert.ok(first.ok);
  const said: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const say = (text: string) => {
    said.push(text);
    for (const { count, resolve } of waiting) if (said.length >= count) resolve();
  };
  const watch = watchPolicy({
    file,
    read,
    digest: first.digest,
    onPolicy: ({ policy }) => say(policy.system.name),
    onProblems: (problems) => say(problems.map(({ message }) => message).join('; ')),
    log: silentLog,
    settleMs: 20,
    pollMs: 200,
    graceMs,
  });
  context.after(async () => {
    watch.stop();
    await rm(folder, { recursive: true });
  });
  const until = (count: number) =>
    said.length >= count
      ? Promise.resolve()
      : new Promise<void>((resolve) => void waiting.push({ count, resolve }));
  return { folder, file, said, until, watch };
}

const plainFile = async (folder: string) => {
  const file = join(folder, 'surety.yaml');
  await writeFile(file, policyText('first'));
  return file;
};

test('a policy written in place is put in force', async (context) => {
  const { file, said, until } = await startWatch(context, plainFile);
  await writeFile(file, policyText('second'));
  await until(1);
  assert.deepEqual(said, ['second']);
});

test('a policy renamed into place, as editors do, is put in force', async (context) => {
  const { file, folder, said, until } = await startWatch(context, plainFile);
  for (const name of ['second', 'third']) {
    await writeFile(join(folder, '.new'), policyText(name));
    await rename(join(folder, '.new'), file);
    await until(name === 'second' ? 1 : 2);
  }
  assert.deepEqual(said, ['second', 'third']);
});

test("a ConfigMap's swap of its ..data symlink is seen", async (context) => {
  const { folder, said, until } = await startWatch(context, async (base) => {
    await mkdir(join(base, '..1'));
    await writeFile(join(base, '..1', 'surety.yaml'), policyText('first'));
    await symlink('..1', join(base, '..data'));
    await symlink('..data/surety.yaml', join(base, 'surety.yaml'));
    return join(base, 'surety.yaml');
  });
  await mkdir(join(folder, '..2'));
  await writeFile(join(folder, '..2', 'surety.yaml'), policyText('second'));
  await symlink('..2', join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  await until(1);
  assert.deepEqual(said, ['second']);
});

test('a change behind a symlink into another folder, which no watch reports, is seen', async (context) => {
  const { folder, said, until, watch } = await startWatch(context, async (base) => {
    await mkdir(join(base, 'elsewhere'));
    await writeFile(join(base, 'elsewhere', 'real.yaml'), policyText('first'));
    await mkdir(join(base, 'here'));
    await symlink('../elsewhere/real.yaml', join(base, 'here', 'surety.yaml'));
    return join(base, 'here', 'surety.yaml');
  });
  await watch.check();
  await writeFile(join(folder, 'elsewhere', 'real.yaml'), policyText('second'));
  await until(1);
  assert.deepEqual(said, ['second']);
});

test('a policy that does not load is reported once, and the return to the one in force ends the alarm', async (context) => {
  const { file, said, until, watch } = await startWatch(context, plainFile);
  await writeFile(file, 'version: 1\nsystem: { nmae: x }\n');
  await until(1);
  await watch.check();
  await watch.check();
  await writeFile(file, policyText('first'));
  await until(2);
  assert.deepEqual(said, ['unknown key "nmae"', 'first']);
});

test('a half-written policy is not taken for an error when the rest follows', async (context) => {
  const half = Promise.withResolvers<void>();
  const read: typeof format.read = (text, file) => {
    if (text.endsWith('{ name: ')) half.resolve();
    return format.read(text, file);
  };
  const { file, said, until } = await startWatch(context, plainFile, { read, graceMs: 1000 });
  await writeFile(file, 'version: 1\nsystem: { name: ');
  await half.promise;
  await writeFile(file, policyText('second'));
  await until(1);
  assert.deepEqual(said, ['second']);
});

test('a changed comment is no change, and a policy that vanishes is a problem', async (context) => {
  const { file, said, until, watch } = await startWatch(context, plainFile);
  await writeFile(file, `# why\n${policyText('first')}`);
  await watch.check();
  assert.deepEqual(said, []);
  await rm(file);
  await until(1);
  assert.deepEqual(said, ['the file does not exist']);
});

test('a watch that is stopped says nothing more', async (context) => {
  const { file, said, watch } = await startWatch(context, plainFile);
  watch.stop();
  await writeFile(file, policyText('second'));
  await watch.check();
  assert.deepEqual(said, []);
});

test('a policy that is no text, no file or not there is a problem with a place', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'surety-policy-'));
  context.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'latin1.yaml'), Buffer.from([0x76, 0xe9, 0x0a]));
  await writeFile(join(folder, 'huge.yaml'), Buffer.alloc(4_000_001, '#'));
  const messages: string[] = [];
  for (const name of ['latin1.yaml', 'huge.yaml', 'none.yaml', '.']) {
    const result = await readPolicyFile(join(folder, name), format.read);
    assert.ok(!result.ok);
    messages.push(...result.problems.map(({ line, column, message }) => `${line}:${column} ${message}`));
  }
  assert.deepEqual(messages, [
    '1:1 the file is not UTF-8 text',
    '1:1 the file is larger than 4000000 bytes',
    '1:1 the file does not exist',
    '1:1 the file is not a regular file',
  ]);
});
