import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileAddressRanges } from '../../../policy/index.ts';
import type { Call } from '../call.ts';
import type { GateContext } from '../context.ts';
import { arrive } from './arrive.ts';

function arrived(peer: string, ...rawHeaders: string[]) {
  const isProxy = compileAddressRanges(['10.0.0.0/8', '2001:db8::/32']);
  const gate = { snapshot: () => ({ isProxy }), newId: () => 'made-here' } as unknown as GateContext;
  return arrive(gate, { peer, rawHeaders } as unknown as Call);
}

const addressOf = (peer: string, ...forwarded: string[]) =>
  arrived(peer, ...forwarded.flatMap((value) => ['X-Forwarded-For', value])).address;

describe('the address of a caller', () => {
  it('is the peer, whatever a peer that is no proxy says', () => {
    assert.equal(addressOf('203.0.113.9'), '203.0.113.9');
    assert.equal(addressOf('203.0.113.9', '192.0.2.1'), '203.0.113.9');
    assert.equal(addressOf('::ffff:203.0.113.9', '192.0.2.1'), '203.0.113.9');
  });

  it('is the one the nearest believed proxy vouches for', () => {
    assert.equal(addressOf('10.0.0.1', '192.0.2.1'), '192.0.2.1');
    assert.equal(addressOf('::ffff:10.0.0.1', '192.0.2.1'), '192.0.2.1');
    assert.equal(addressOf('10.0.0.1', '192.0.2.1, 10.0.0.2'), '192.0.2.1');
    assert.equal(addressOf('2001:db8::1', '2001:4860::8888'), '2001:4860::8888');
    assert.equal(addressOf('10.0.0.1', '::ffff:192.0.2.1'), '192.0.2.1');
  });

  it('is read with the port that some proxies write', () => {
    assert.equal(addressOf('10.0.0.1', '203.0.113.7:5555'), '203.0.113.7');
    assert.equal(addressOf('10.0.0.1', '[2001:4860::8888]:443'), '2001:4860::8888');
    assert.equal(addressOf('10.0.0.1', '[2001:4860::8888]'), '2001:4860::8888');
    assert.equal(addressOf('10.0.0.1', '203.0.113.7, [2001:db8::1]:443'), '203.0.113.7');
  });

  it('is not what a caller wrote to the left of it, in one header or several', () => {
    assert.equal(addressOf('10.0.0.1', '127.0.0.1, 192.0.2.1'), '192.0.2.1');
    assert.equal(addressOf('10.0.0.1', '127.0.0.1', '192.0.2.1'), '192.0.2.1');
    assert.equal(addressOf('10.0.0.1', '10.9.9.9, 192.0.2.1, 10.0.0.2'), '192.0.2.1');
  });

  it('is the last believed proxy where what stands before is no address', () => {
    for (const nonsense of [
      'unknown',
      '_hidden',
      '',
      '192.0.2.1:1234, "x',
      'evil.example',
      '[192.0.2.9',
      '192.0.2.9:port',
      '192.0.2.9:',
      '1',
      '0x7f.1',
    ]) {
      assert.equal(addressOf('10.0.0.1', `192.0.2.1, ${nonsense}`), '10.0.0.1');
    }
    assert.equal(addressOf('10.0.0.1', 'nonsense, 10.0.0.2'), '10.0.0.2');
  });
});

describe('the request id', () => {
  it('of the caller is taken where it is hexadecimal', () => {
    const id = '0199e2c4-7d5e-7000-8000-0123456789ab';
    assert.equal(arrived('192.0.2.1', 'X-Request-Id', id).requestId, id);
  });

  it('that could carry a name or a key is replaced', () => {
    for (const id of ['alice', 'sty_0123456789abcdef0123', 'a'.repeat(65), '0123456789abcdef\n', '', '0123'])
      assert.equal(arrived('192.0.2.1', 'x-request-id', id).requestId, 'made-here', id);
  });
});
