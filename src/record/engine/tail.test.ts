import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeBundle, encodeBundle } from '../tree/bundle.ts';
import { tileWidth } from '../tree/tiles.ts';
import { createTail } from './tail.ts';

const text = (index: number): string => `{"index":${index},"filling":"${'x'.repeat((index * 37) % 900)}"}`;
/** Behind its prefix byte. */
const entry = (index: number): Buffer => Buffer.from(`\0${text(index)}`);
const entries = (begin: number, end: number): Buffer[] =>
  Array.from({ length: end - begin }, (_, offset) => entry(begin + offset));
const encoded = (begin: number, end: number): Buffer =>
  encodeBundle(Array.from({ length: end - begin }, (_, offset) => Buffer.from(text(begin + offset))));

describe('the tail of the ledger', () => {
  it('holds bundles as they will be written, whole and unfinished ones, however they came', () => {
    const tail = createTail(512, entries(512, 520));
    let end = 520;
    for (const length of [1, 300, 5, 700]) {
      tail.append(entries(end, end + length));
      end += length;
    }
    for (let begin = 512; begin < end; begin += tileWidth) {
      const width = Math.min(tileWidth, end - begin);
      for (const asked of [1, width - 1, width])
        assert.deepEqual(tail.bundle(begin / tileWidth, asked), encoded(begin, begin + asked));
    }
    assert.throws(() => tail.bundle(1, 1), RangeError);
    assert.throws(() => tail.bundle(Math.floor(end / tileWidth), (end % tileWidth) + 1), RangeError);
  });

  it('leaves alone what it gave while entries go on coming', () => {
    const tail = createTail(0, entries(0, 100));
    const given = tail.bundle(0, 100);
    tail.append(entries(100, 600));
    assert.deepEqual(given, encoded(0, 100));
    assert.deepEqual(tail.bundle(0, 256), encoded(0, 256));
  });

  it('uses the memory of forgotten bundles again, and nothing of what they held', () => {
    const tail = createTail(0, []);
    let end = 0;
    for (let round = 0; round < 20; round++) {
      const length = 200 + round * 61;
      tail.append(entries(end, end + length));
      end += length;
      tail.forgetBefore(end);
      const begin = end - (end % tileWidth);
      assert.equal(tail.base, begin);
      if (end > begin) {
        assert.deepEqual(tail.bundle(begin / tileWidth, end - begin), encoded(begin, end));
        assert.equal(tail.waitingBytes, 0);
      }
    }
  });

  it('counts the bytes that no checkpoint covers', () => {
    const tail = createTail(0, entries(0, 100));
    assert.equal(tail.waitingBytes, 0);
    tail.append(entries(100, 300));
    assert.equal(tail.waitingBytes, encoded(100, 300).length);
    tail.forgetBefore(280);
    assert.equal(tail.waitingBytes, encoded(280, 300).length);
    assert.equal(decodeBundle(tail.bundle(1, 44))?.length, 44);
  });
});
