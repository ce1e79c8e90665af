import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createManualClock } from '../../../test/support/clock.ts';
import { createAttempts } from './attempts.ts';

const rates = { address: { amount: 10, perMs: 60_000 }, key: { amount: 20, perMs: 60_000 } };
const open = () => {
  const clock = createManualClock();
  return { clock, attempts: createAttempts({ clock, rates: () => rates }) };
};
const home = '192.0.2.1';

describe('failed credentials', () => {
  it('slow an address down when there are too many, and let it go on after a while', () => {
    const { clock, attempts } = open();
    for (let tries = 0; tries < 10; tries++) {
      assert.equal(attempts.waitMs(home, undefined), 0);
      attempts.failed(home, undefined);
    }
    const waitMs = attempts.waitMs(home, undefined);
    assert.ok(waitMs > 0 && waitMs <= 6000, `${waitMs} ms`);
    clock.advance(waitMs);
    assert.equal(attempts.waitMs(home, undefined), 0);
    attempts.failed(home, undefined);
    assert.ok(attempts.waitMs(home, undefined) > 0);
  });

  it('of one address never stop another, and an IPv6 host is its whole /64', () => {
    const { attempts } = open();
    for (let tries = 0; tries < 100; tries++) attempts.failed(`2001:db8::${tries.toString(16)}`, undefined);
    assert.ok(attempts.waitMs('2001:db8::ffff', undefined) > 0);
    assert.equal(attempts.waitMs('2001:db8:0:1::1', undefined), 0);
    assert.equal(attempts.waitMs(home, undefined), 0);
  });

  it('against one key are counted from all addresses together, and keys that begin otherwise are not touched', () => {
    const { attempts } = open();
    for (let host = 1; host <= 20; host++) attempts.failed(`192.0.2.${host}`, 'sty_abcd');
    assert.ok(attempts.waitMs('198.51.100.1', 'sty_abcd') > 0);
    assert.equal(attempts.waitMs('198.51.100.1', 'sty_abce'), 0);
    assert.equal(attempts.waitMs('198.51.100.1', undefined), 0);
  });

  it('leave a credential alone that lately worked from the address, there and nowhere else', () => {
    const { clock, attempts } = open();
    attempts.worked(home, 'key_1');
    assert.ok(attempts.hasWorked(home, 'key_1'));
    assert.ok(!attempts.hasWorked(home, 'key_2'));
    assert.ok(!attempts.hasWorked('192.0.2.2', 'key_1'));
    clock.advance(3_600_000);
    assert.ok(!attempts.hasWorked(home, 'key_1'));
  });

  it('are never more than the rate allows, however they are spread over time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20_000), { minLength: 1, maxLength: 200 }), (pauses) => {
        const { clock, attempts } = open();
        const tried: number[] = [];
        for (const pause of pauses) {
          clock.advance(pause);
          if (attempts.waitMs(home, undefined) > 0) continue;
          tried.push(clock.elapsed());
          attempts.failed(home, undefined);
        }
        for (const start of tried) {
          const within = tried.filter((at) => at >= start && at < start + 60_000).length;
          assert.ok(within <= 20, `${within} tries within a minute`);
        }
        assert.ok(tried.length > 0);
      }),
    );
  });

  it('from endless addresses fill no memory', () => {
    const { clock, attempts } = open();
    for (let host = 0; host < 100_000; host++)
      attempts.failed(`2001:db8:${(host >> 16).toString(16)}:${(host & 0xffff).toString(16)}::1`, 'sty_abcd');
    assert.ok(attempts.size <= 16_384 + 2, `${attempts.size} counters`);
    attempts.worked(home, 'key_1');
    for (let host = 0; host < 200_000; host++) attempts.worked(`10.0.${host >> 8}.${host & 255}`, 'key_2');
    clock.advance(3_600_000);
    for (let looks = 0; looks < 100; looks++) {
      clock.advance(11_000);
      attempts.waitMs(home, undefined);
    }
    assert.equal(attempts.size, 0);
  });
});
