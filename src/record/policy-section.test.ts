import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordSection } from './policy-section.ts';

const read = (given: unknown) => recordSection.schema.safeParse(given);

test('an empty section has safe values', () => {
  assert.deepEqual(read({}).data, {
    keep: 400 * 86_400_000,
    checkpoint: 500,
    disk: { warn: 1024 ** 3, stop: 128 * 1024 ** 2 },
  });
});

test('an origin that fits into no signature line, a checkpoint rarer than a second and unknown keys are refused', () => {
  for (const bad of [
    { origin: 'with space' },
    { checkpoint: '2s' },
    { keep: '1h' },
    { disk: { full: '1 GB' } },
    { kept: '1d' },
  ]) {
    assert.equal(read(bad).success, false, JSON.stringify(bad));
  }
  assert.equal(read({ origin: 'ai.example.com/ledger', keep: '90d' }).success, true);
});

test('a warning that would come after the stop is refused', () => {
  const problems: unknown[] = [];
  const report = (problem: { path: readonly (string | number)[] }) => problems.push(problem.path);
  const parsed = read({ disk: { warn: '1 MB', stop: '1 GB' } });
  assert.ok(parsed.success);
  recordSection.check?.({ record: parsed.data }, report);
  assert.deepEqual(problems, [['record', 'disk', 'warn']]);
});
