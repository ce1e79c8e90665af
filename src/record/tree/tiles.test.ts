import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBundle, encodeBundle } from './bundle.ts';
import { parseTilePath, tileLevels, tilePath, widthIn } from './tiles.ts';

test('tile paths are those of the published examples', () => {
  assert.equal(tilePath({ level: 0, index: 1_234_067, width: 256 }), 'tile/0/x001/x234/067');
  assert.equal(tilePath({ level: 1, index: 0, width: 17 }), 'tile/1/000.p/17');
  assert.equal(tilePath({ level: 'entries', index: 273, width: 112 }), 'tile/entries/273.p/112');
});

test('a tree of 70,000 has the tiles the specification counts', () => {
  const widths = (level: number, index: number) => widthIn({ level, index }, 70_000);
  assert.deepEqual([widths(0, 272), widths(0, 273), widths(0, 274)], [256, 112, 0]);
  assert.deepEqual([widths(1, 0), widths(1, 1)], [256, 17]);
  assert.deepEqual([widths(2, 0), tileLevels(70_000)], [1, 3]);
  assert.deepEqual([widthIn({ level: 1, index: 0 }, 256), widthIn({ level: 0, index: 0 }, 256)], [1, 256]);
});

test('a path names one tile and a tile has one path', () => {
  const level = fc.oneof(fc.constant('entries' as const), fc.nat(63));
  fc.assert(
    fc.property(level, fc.nat(2 ** 40), fc.integer({ min: 1, max: 256 }), (at, index, width) => {
      assert.deepEqual(parseTilePath(tilePath({ level: at, index, width })), { level: at, index, width });
    }),
  );
  const others = [
    'tile/0/1',
    'tile/00/001',
    'tile/0/x000/001',
    'tile/0/001.p/0',
    'tile/0/001.p/256',
    'tile/0/001.p/01',
  ];
  for (const path of [
    ...others,
    'tile/0/001/',
    'tile/entries/x001',
    'tile/0/../0/001',
    'tile/x/001',
    '/tile/0/001',
  ]) {
    assert.equal(parseTilePath(path), undefined, path);
  }
});

test('a bundle gives back its entries, and a cut one is refused', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 }), (entries) => {
      const buffers = entries.map((entry) => Buffer.from(entry));
      const bundle = encodeBundle(buffers);
      assert.deepEqual(decodeBundle(bundle), buffers);
      const last = (buffers.at(-1)?.length ?? 0) + 2;
      for (let cut = 1; cut < last; cut++) assert.equal(decodeBundle(bundle.subarray(0, -cut)), undefined);
    }),
  );
});
