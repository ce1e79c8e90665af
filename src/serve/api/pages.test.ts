import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../kernel/index.ts';
import { page, readCursor, writeCursor } from './pages.ts';

test('pages of any size give every item once, in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.integer({ min: 1, max: 9 }), (all, limit) => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const found = page(all, { cursor, limit }, (item) => item);
        assert.ok(found.items.length <= limit);
        seen.push(...found.items);
        cursor = found.next;
      } while (cursor !== undefined);
      assert.deepEqual(
        seen,
        all.toSorted((a, b) => (a < b ? -1 : 1)),
      );
    }),
  );
});

test('a cursor that no page gave is refused', () => {
  assert.equal(readCursor(writeCursor('a b')), 'a b');
  for (const cursor of ['', '=', '../x', 'YQ==', 'Y'])
    assert.throws(
      () => readCursor(cursor),
      (error) => error instanceof Fault && error.code === 'api.invalid',
      cursor,
    );
});
