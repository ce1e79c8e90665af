import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAttempts } from './attempts.ts';

describe('failures at the door', () => {
  it('are counted together for all addresses a host has, and apart from others', () => {
    const attempts = createAttempts({ most: 1, windowMs: 60_000, now: () => 0 });
    assert.equal(attempts.fail('2001:db8::1'), undefined);
    assert.equal(attempts.fail('2001:db8:0:1::1'), undefined);
    assert.equal(attempts.fail('2001:db8:0:0:ffff::1'), 60_000);
    assert.equal(attempts.fail('192.0.2.1'), undefined);
    assert.equal(attempts.fail('::ffff:192.0.2.1'), 60_000);
    assert.equal(attempts.fail('192.0.2.2'), undefined);
  });

  it('are forgotten when their window ends', () => {
    let at = 0;
    const attempts = createAttempts({ most: 1, windowMs: 60_000, now: () => at });
    attempts.fail('192.0.2.1');
    assert.equal(attempts.fail('192.0.2.1'), 60_000);
    at = 59_999;
    assert.equal(attempts.fail('192.0.2.1'), 1);
    at = 60_000;
    assert.equal(attempts.fail('192.0.2.1'), undefined);
  });
});
