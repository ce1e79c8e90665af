import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { createKey, hintOf, isWellFormedKey } from './key-format.ts';

test('a key is well-formed, and no two are alike', () => {
  const keys = Array.from({ length: 200 }, () => createKey().reveal());
  assert.equal(new Set(keys).size, keys.length);
  for (const key of keys) {
    assert.match(key, /^sty_[0-9A-Za-z]{39}$/);
    assert.ok(isWellFormedKey(key));
  }
});

test('a truncated key is malformed', () => {
  const key = createKey().reveal();
  for (let length = 0; length < key.length; length++) assert.ok(!isWellFormedKey(key.slice(0, length)));
});

test('a key with one character changed is malformed', () => {
  const key = createKey().reveal();
  for (let index = 0; index < key.length; index++) {
    const changed = key.slice(0, index) + (key[index] === 'a' ? 'b' : 'a') + key.slice(index + 1);
    assert.ok(!isWellFormedKey(changed), changed.length.toString());
  }
});

test('any other text is malformed', () => {
  fc.assert(fc.property(fc.string({ maxLength: 60, unit: 'binary' }), (text) => !isWellFormedKey(text)));
  assert.ok(!isWellFormedKey(`${createKey().reveal()}\n`));
  assert.ok(!isWellFormedKey(` ${createKey().reveal()}`));
});

test('the hint shows four characters of a key and no more', () => {
  const key = createKey();
  assert.equal(hintOf(key), `${key.reveal().slice(0, 8)}…`);
});

test('a key does not print', () => {
  const key = createKey();
  for (const printed of [String(key), JSON.stringify({ key }), inspect({ key })]) {
    assert.ok(!printed.includes(key.reveal().slice(8)));
  }
});
