import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Fault } from '../kernel/index.ts';
import { findPolicyFile, keepPolicy, keptPolicyFile, loadPolicy } from './policy-in-force.ts';

function placesIn(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'surety-kept-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const data = join(folder, 'data');
  mkdirSync(data);
  return { data, file: join(folder, 'surety.yaml') };
}

const textOf = (name: string) => `# é\nversion: 1\nsystem: { name: ${name} }\n`;

test('the policy kept is the one in force, also when the file has changed since it was read', async (context) => {
  const { data, file } = placesIn(context);
  writeFileSync(file, textOf('first'));
  const loaded = await loadPolicy(file, 0);
  writeFileSync(file, textOf('second'));
  await keepPolicy(loaded, data);
  assert.equal(readFileSync(keptPolicyFile(data), 'utf8'), textOf('first'));
  assert.equal((await loadPolicy(keptPolicyFile(data), 0)).digest, loaded.digest);
  assert.equal(statSync(keptPolicyFile(data)).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(data), ['policy.yaml']);
  assert.equal(findPolicyFile(undefined, data, false), keptPolicyFile(data));
});

test('the policy kept is not written over by itself', async (context) => {
  const { data } = placesIn(context);
  writeFileSync(keptPolicyFile(data), textOf('first'));
  const loaded = await loadPolicy(keptPolicyFile(data), 0);
  writeFileSync(keptPolicyFile(data), textOf('second'));
  await keepPolicy(loaded, data);
  assert.equal(readFileSync(keptPolicyFile(data), 'utf8'), textOf('second'));
});

test('a policy that does not hold is a fault with a line for each problem', async (context) => {
  const { file } = placesIn(context);
  writeFileSync(file, 'version: 1\nsystemm: {}\ngatee: {}\n');
  await assert.rejects(loadPolicy(file, 0), (error) => {
    assert.ok(error instanceof Fault);
    assert.equal(error.code, 'policy.invalid');
    const lines = error.detail?.trim().split('\n') ?? [];
    assert.deepEqual(
      lines.map((line) => line.slice(0, `${file}:2:1`.length)),
      [`${file}:2:1`, `${file}:3:1`],
    );
    return true;
  });
});
