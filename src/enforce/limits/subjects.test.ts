import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { admitted, limitSet, refused, start } from '../../../test/support/limits.ts';
import type { LimitSubject } from './index.ts';

describe('memory', () => {
  const limits = limitSet({ requests: [{ amount: 2, per: 's' }] });
  const from = (address: string): LimitSubject => ({ scope: 'address', subject: address, limits });
  const sixtyFour = (index: number) =>
    `2001:db8:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}::1`;

  test('a flood from many IPv6 networks holds a bounded number of counters', () => {
    const { admit, limits: all } = start({ capacity: 1000 });
    for (let index = 0; index < 20_000; index++) admit([from(sixtyFour(index))]);
    assert.ok(all.counters <= 2000, String(all.counters));
  });

  test('a flood cannot make an address that used up its limit be forgotten', () => {
    const { admit } = start({ capacity: 1000 });
    for (let call = 0; call < 2; call++) admitted(admit([from('198.51.100.1')]));
    for (let index = 0; index < 20_000; index++) admit([from(sixtyFour(index))]);
    refused(admit([from('198.51.100.1')]));
  });

  test('while the table is full newcomers of one network share, and other networks do not wait for them', () => {
    const { admit } = start({ capacity: 1000 });
    const flood = Array.from({ length: 2000 }, (_, index) => admit([from(sixtyFour(index))]).ok);
    assert.equal(flood.filter(Boolean).length, 1002);
    admitted(admit([from('203.0.113.5')]));
  });

  test('idle counters are dropped while calls go on', () => {
    const { admit, limits: all, clock } = start({ capacity: 1000 });
    for (let index = 0; index < 1000; index++) {
      const result = admit([from(sixtyFour(index))]);
      if (result.ok) result.settle({ tokens: 0, costNanoUsd: 0 });
    }
    assert.equal(all.counters, 1000);
    clock.advance(2000);
    for (let call = 0; call < 40_000; call++) {
      const result = admit([from('203.0.113.5')]);
      if (result.ok) result.settle({ tokens: 0, costNanoUsd: 0 });
      clock.advance(1000);
    }
    assert.ok(all.counters < 10, String(all.counters));
  });

  test('a call in flight keeps its counter, however long it takes', () => {
    const { admit, clock } = start({ capacity: 10 });
    const one = limitSet({ concurrency: 1 });
    const address: LimitSubject = { scope: 'address', subject: '198.51.100.1', limits: one };
    admitted(admit([address]));
    clock.advance(86_400_000);
    for (let index = 0; index < 5000; index++) admit([from(sixtyFour(index))]);
    refused(admit([address]));
  });

  test('all of an IPv6 /64 is one address, and IPv4 inside IPv6 is that IPv4 address', () => {
    const { admit } = start();
    admitted(admit([from('2001:db8::1')]));
    admitted(admit([from('2001:0DB8:0:0:ffff::2')]));
    refused(admit([from('2001:db8:0:0::3')]));
    admitted(admit([from('2001:db8:0:1::3')]));
    admitted(admit([from('192.0.2.1')]));
    admitted(admit([from('::ffff:192.0.2.1')]));
    refused(admit([from('192.0.2.1')]));
  });
});
