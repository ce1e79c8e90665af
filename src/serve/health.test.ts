import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHealth } from './health.ts';

test('/livez says that the process answers, whatever is not ready', () => {
  const health = createHealth({ ledger: () => 'disk full' });
  assert.deepEqual(health('/livez'), { status: 200, body: '{"status":"live"}\n' });
});

test('/readyz names every part that cannot do its work, and is asked anew each time', () => {
  let ledger: string | undefined;
  const health = createHealth({ ledger: () => ledger, gate: () => undefined });
  assert.deepEqual(health('/readyz'), { status: 200, body: '{"status":"ready","problems":[]}\n' });
  ledger = 'disk full';
  const answer = health('/readyz');
  assert.equal(answer?.status, 503);
  assert.deepEqual(JSON.parse(answer?.body ?? ''), {
    status: 'not ready',
    problems: [{ part: 'ledger', problem: 'disk full' }],
  });
  ledger = undefined;
  assert.equal(health('/readyz')?.status, 200);
});

test('other paths are not health', () => {
  const health = createHealth({});
  for (const path of ['/', '', '/livez/', '/readyz?x', '/LIVEZ']) assert.equal(health(path), undefined, path);
});
