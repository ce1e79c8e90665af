import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCredential } from './credential.ts';

const taken = (credential: string) => ({ ok: true, credential });
const refused = (code: string) => ({ ok: false, code });

test('each of the three places is read, whatever the case of its name', () => {
  assert.deepEqual(readCredential(['Authorization', 'Bearer sty_a']), taken('sty_a'));
  assert.deepEqual(readCredential(['authorization', 'bearer sty_a']), taken('sty_a'));
  assert.deepEqual(readCredential(['host', 'x', 'X-Api-Key', 'sty_b']), taken('sty_b'));
  assert.deepEqual(readCredential(['API-KEY', 'sty_c', 'accept', '*/*']), taken('sty_c'));
});

test('no credential is missing', () => {
  assert.deepEqual(readCredential([]), refused('credential.missing'));
  assert.deepEqual(readCredential(['proxy-authorization', 'Bearer sty_a']), refused('credential.missing'));
  assert.deepEqual(readCredential(['accept', 'authorization']), refused('credential.missing'));
});

test('two credentials are ambiguous, even when they are equal or empty', () => {
  const places = [
    ['Authorization', 'Bearer sty_a'],
    ['x-api-key', 'sty_a'],
    ['api-key', 'sty_a'],
    ['x-api-key', ''],
  ];
  for (const first of places) {
    for (const second of places) {
      assert.deepEqual(readCredential([...first, ...second]), refused('credential.ambiguous'));
    }
  }
});

test('another scheme or a value that is no single token is malformed', () => {
  const values = [
    'Basic c3R5',
    'sty_a',
    'Bearer',
    'Bearer ',
    'Bearer sty_a sty_b',
    'Bearer sty_a, Bearer sty_b',
    'BearerX sty_a',
  ];
  for (const value of values) {
    assert.deepEqual(readCredential(['authorization', value]), refused('credential.malformed'), value);
  }
  for (const value of ['', ' ', 'sty_a sty_b', 'sty_\u00e4']) {
    assert.deepEqual(readCredential(['x-api-key', value]), refused('credential.malformed'), value);
  }
});
