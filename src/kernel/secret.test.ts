import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { Secret } from './secret.ts';

test('a secret does not print, however it is printed', () => {
  const value = 'never-print-this-4711';
  const secret = new Secret(value);
  const holder = { nested: [secret], map: new Map([['key', secret]]) };
  const printed = [
    String(secret),
    secret.toString(),
    JSON.stringify(secret),
    JSON.stringify(holder),
    inspect(secret, { depth: 10, showHidden: true }),
    inspect(holder, { depth: 10, showHidden: true, getters: true }),
    format('%s %o %j %d', secret, secret, secret, secret),
    JSON.stringify(Object.entries(secret)),
    Object.getOwnPropertyNames(secret).join(),
    inspect(structuredClone(Object.assign({}, secret))),
    new Error('with', { cause: secret }).stack ?? '',
    inspect(new Error('with', { cause: secret })),
  ];
  for (const text of printed) assert.ok(!text.includes(value), text);
  assert.equal(String(secret), '[secret]');
  assert.equal(secret.reveal(), value);
});
