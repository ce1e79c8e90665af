import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalAddress, compileAddressRanges, forwardedAddress, parseAddressRange } from './addresses.ts';

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

test('an address has one spelling: without a zone, and IPv4 inside IPv6 as IPv4', () => {
  const spellings: Readonly<Record<string, string>> = {
    '192.0.2.1': '192.0.2.1',
    '::ffff:192.0.2.1': '192.0.2.1',
    '::FFFF:C000:201': '192.0.2.1',
    '0:0:0:0:0:ffff:c000:0201': '192.0.2.1',
    '2001:0DB8:0:0:0:0:0:1': '2001:db8::1',
    '2001:db8::1%eth0': '2001:db8::1',
    'fe80::1%25': 'fe80::1',
    '::ffff:192.0.2.1%lo': '192.0.2.1',
  };
  for (const [written, read] of Object.entries(spellings)) assert.equal(canonicalAddress(written), read);
  for (const text of [
    '',
    '%eth0',
    '192.0.2.1%eth0',
    '192.0.2.01',
    '1',
    '0x7f.1',
    '::g',
    '1.2.3.4.5',
    '[::1]',
    '::1 ',
  ])
    assert.equal(canonicalAddress(text), undefined, text);
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
      const read = canonicalAddress(text);
      if (read !== undefined) assert.equal(canonicalAddress(read), read);
    }),
  );
});

test('behind proxies an address that has a zone is that address, and one that is none ends the chain', () => {
  const isProxy = compileAddressRanges(['10.0.0.0/8']);
  assert.equal(forwardedAddress('10.0.0.1', ['2001:db8::7%eth0'], isProxy), '2001:db8::7');
  assert.equal(forwardedAddress('10.0.0.1', ['192.0.2.1%eth0'], isProxy), '10.0.0.1');
  assert.equal(forwardedAddress('10.0.0.1', [''], isProxy), '10.0.0.1');
  assert.equal(forwardedAddress('192.0.2.9', ['192.0.2.1'], isProxy), '192.0.2.9');
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
