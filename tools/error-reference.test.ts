import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultTable } from '../src/kernel/index.ts';
import { errorReference } from './error-reference.ts';

test('the reference of errors has one row for every code, with its status, title and action', () => {
  const rows = errorReference(faultTable)
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const expected = Object.entries(faultTable).map(([code, row]) => [
    `\`${code}\``,
    `${row.status}`,
    row.title,
    row.action,
  ]);
  assert.deepEqual(
    rows.map((row) => row.slice(2, -2).split(' | ')),
    expected,
  );
});
