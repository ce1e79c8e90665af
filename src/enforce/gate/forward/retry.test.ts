import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isRetryableFault, isRetryableStatus, retryDelay } from './retry.ts';

const saying = (value: string) => ({ names: ['retry-after'], values: [value] });

describe('a retry', () => {
  it('follows what another try may mend, and nothing else', () => {
    for (const status of [408, 429, 500, 502, 503, 504, 529])
      assert.ok(isRetryableStatus(status), String(status));
    for (const status of [200, 301, 400, 401, 403, 404, 409, 413, 422, 501, 505])
      assert.ok(!isRetryableStatus(status), String(status));
    assert.ok(isRetryableFault('upstream.connect'));
    assert.ok(isRetryableFault('upstream.timeout-connect'));
    assert.ok(!isRetryableFault('upstream.timeout-first-byte'), 'the service may be at work on it');
    assert.ok(!isRetryableFault('upstream.timeout-total'));
    assert.ok(!isRetryableFault('upstream.address'));
  });

  it('waits as the service says, in seconds or until a date', () => {
    assert.equal(retryDelay(1, saying('2'), 10_000), 2000);
    assert.equal(retryDelay(1, saying('0'), 10_000), 0);
    assert.equal(retryDelay(1, saying('1.5'), 10_000), 1500);
    const soon = retryDelay(1, saying(new Date(Date.now() + 5000).toUTCString()), 10_000) ?? Number.NaN;
    assert.ok(soon > 3000 && soon <= 5000, String(soon));
    assert.equal(retryDelay(1, saying('Wed, 21 Oct 2015 07:28:00 GMT'), 10_000), 0);
  });

  it('does not happen where the service asks for more patience than the policy has', () => {
    assert.equal(retryDelay(1, saying('11'), 10_000), undefined);
    assert.equal(retryDelay(1, saying('99999999999999999999'), 10_000), undefined);
    assert.equal(retryDelay(1, saying('Fri, 31 Dec 9999 23:59:59 GMT'), 10_000), undefined);
  });

  it('waits at random up to a bound that doubles, where the service says nothing it understands', () => {
    for (const headers of [undefined, saying('soon'), saying('-1'), saying('')]) {
      for (let tries = 1; tries <= 5; tries++) {
        const delay = retryDelay(tries, headers, 10_000) ?? Number.NaN;
        assert.ok(delay >= 0 && delay <= 50 * 2 ** tries, `${tries}: ${delay}`);
      }
    }
  });
});
