import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileAddressRanges, parseAddressRange } from './addresses.ts';

const rangeOf = (text: string): string | undefined => {
  const result = parseAddressRange(text);
  return result.ok ? result.range : undefined;
};

test('an address lies in a range whichever way it is written, and IPv4 inside IPv6 counts as IPv4', () => {
  const contains = compileAddressRanges(['10.0.0.0/8', '192.0.2.7/32', '2001:db8::/32']);
  for (const inside of ['10.255.0.1', '192.0.2.7', '::ffff:10.0.0.1', '2001:db8::1', '2001:0DB8:0:0::1']) {
    assert.ok(contains(inside), inside);
  }
  for (const outside of ['11.0.0.1', '192.0.2.8', '::ffff:11.0.0.1', '2001:db9::1', '::1', '::10.0.0.1']) {
    assert.ok(!contains(outside), outside);
  }
});

test('what is not exactly one address lies in no range, not even in the range of all', () => {
  const contains = compileAddressRanges(['0.0.0.0/0', '::/0']);
  for (const text of [
    '',
    '10.1',
    '0x0a.0.0.1',
    '010.0.0.1',
    '167772161',
    'fe80::1%eth0',
    '10.0.0.1:80',
    ' 10.0.0.1',
    'x',
  ]) {
    assert.ok(!contains(text), text);
    assert.equal(rangeOf(text), undefined, text);
  }
});

test('no range contains no address', () => {
  assert.ok(!compileAddressRanges([])('127.0.0.1'));
});

test('every address is within its own range, and a parsed range parses to itself', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const range = rangeOf(address);
      // An IPv4 address inside IPv6 is refused as a range.
      fc.pre(range !== undefined);
      assert.ok(compileAddressRanges([range])(address));
      assert.equal(rangeOf(range), range);
    }),
  );
});
