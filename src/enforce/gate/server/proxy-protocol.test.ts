import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { crc32c } from './crc32c.ts';
import { parseProxyHeader } from './proxy-protocol.ts';

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

function binary(options: { command?: number; family?: number; body: Buffer; length?: number }): Buffer {
  const { command = 0x21, family = 0x11, body, length = body.length } = options;
  const head = Buffer.from([command, family, length >> 8, length & 0xff]);
  return Buffer.concat([signature, head, body]);
}

const ipv4 = Buffer.from([192, 0, 2, 1, 198, 51, 100, 1, 0x30, 0x39, 0x01, 0xbb]);
const ipv6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.alloc(16),
  Buffer.from([0, 1, 0, 2]),
]);
const tls = Buffer.from([0x20, 0, 2, 1, 0]);

const unspecified = Buffer.alloc(0);

/** A header whose checksum field holds what `checksum` makes of it. */
function withChecksum(checksum: (correct: number) => number): Buffer {
  const header = binary({ body: Buffer.concat([ipv4, tls, Buffer.from([3, 0, 4, 0, 0, 0, 0])]) });
  const sum = checksum(crc32c(header));
  header.writeUInt32BE(sum, header.length - 4);
  return header;
}

const valid: readonly (readonly [string, Buffer, string | undefined])[] = [
  ['v1 TCP4', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 12345 443\r\n'), '192.0.2.1'],
  ['v1 TCP6', Buffer.from('PROXY TCP6 2001:db8::1 2001:db8::2 12345 443\r\n'), '2001:db8::1'],
  ['v1 UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n'), undefined],
  ['v1 UNKNOWN with addresses', Buffer.from('PROXY UNKNOWN 192.0.2.1 198.51.100.1 1 2\r\n'), undefined],
  ['v2 TCP over IPv4', binary({ body: ipv4 }), '192.0.2.1'],
  ['v2 TCP over IPv6', binary({ family: 0x21, body: ipv6 }), '2001:db8::1'],
  ['v2 with more fields', binary({ body: Buffer.concat([ipv4, tls]) }), '192.0.2.1'],
  ['v2 with the checksum of the header', withChecksum((correct) => correct), '192.0.2.1'],
  [
    'v2 with certificates of 5 kB',
    binary({ body: Buffer.concat([ipv4, Buffer.from([0x20, 0x13, 0x88]), Buffer.alloc(5000)]) }),
    '192.0.2.1',
  ],
  [
    'v1 TCP6 with a zone',
    Buffer.from('PROXY TCP6 2001:db8::1%eth0 2001:db8::2 12345 443\r\n'),
    '2001:db8::1',
  ],
  ['v1 TCP6 of a mapped IPv4', Buffer.from('PROXY TCP6 ::ffff:c000:201 ::1 0 65535\r\n'), '192.0.2.1'],
  ['v2 of an unspecified family', binary({ command: 0x21, family: 0, body: unspecified }), undefined],
  [
    'v2 LOCAL with what is to be passed over',
    binary({ command: 0x20, body: Buffer.from('anything') }),
    undefined,
  ],
  ['v2 LOCAL', binary({ command: 0x20, family: 0, body: Buffer.alloc(0) }), undefined],
  [
    'v2 of a mapped IPv4',
    binary({
      family: 0x21,
      body: Buffer.concat([Buffer.from('00000000000000000000ffffc0000201', 'hex'), Buffer.alloc(20)]),
    }),
    '192.0.2.1',
  ],
];

const invalid: readonly (readonly [string, Buffer])[] = [
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')],
  ['another family', Buffer.from('PROXY TCP5 192.0.2.1 198.51.100.1 1 2\r\n')],
  ['an IPv6 address as IPv4', Buffer.from('PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n')],
  ['no address', Buffer.from('PROXY TCP4\r\n')],
  ['a name', Buffer.from('PROXY TCP4 localhost 198.51.100.1 1 2\r\n')],
  ['a short form of an address', Buffer.from('PROXY TCP4 127.1 198.51.100.1 1 2\r\n')],
  ['a line that does not end', Buffer.from(`PROXY TCP4 ${'1'.repeat(200)}`)],
  ['too long a line', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}\r\n`)],
  ['a port that is too large', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 65536 443\r\n')],
  ['a port with a leading zero', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 0443 443\r\n')],
  ['a port that is no number', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 1e3 443\r\n')],
  ['a negative port', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 -1 443\r\n')],
  ['more words than there are', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n')],
  ['two blanks', Buffer.from('PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n')],
  ['a tab', Buffer.from('PROXY TCP4\t192.0.2.1 198.51.100.1 1 2\r\n')],
  ['a line that ends in LF alone', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 1 2\nGET / HTTP/1.1\r\n')],
  ['UNKNOWN that ends in LF alone', Buffer.from('PROXY UNKNOWN\nGET / HTTP/1.1\r\n')],
  ['a word that begins like UNKNOWN', Buffer.from('PROXY UNKNOWNX\r\n')],
  ['an octal address', Buffer.from('PROXY TCP4 192.0.02.1 198.51.100.1 1 2\r\n')],
  ['a zone in IPv4', Buffer.from('PROXY TCP4 192.0.2.1%eth0 198.51.100.1 1 2\r\n')],
  ['a destination that is none', Buffer.from('PROXY TCP4 192.0.2.1 elsewhere 1 2\r\n')],
  ['a checksum that is wrong in one bit', withChecksum((correct) => (correct ^ 1) >>> 0)],
  ['a checksum of nothing', withChecksum(() => 0)],
  ['a checksum that is too short', binary({ body: Buffer.concat([ipv4, Buffer.from([3, 0, 2, 0, 0])]) })],
  [
    'a field longer than the header',
    binary({ body: Buffer.concat([ipv4, Buffer.from([1, 0xff, 0xff, 1])]) }),
  ],
  ['a field that is cut', binary({ body: Buffer.concat([ipv4, Buffer.from([4, 0])]) })],
  ['datagrams', binary({ family: 0x12, body: ipv4 })],
  ['an unspecified transport', binary({ family: 0x10, body: ipv4 })],
  ['more than there is room for', binary({ body: ipv4, length: 0xffff })],
  ['version 3', binary({ command: 0x31, body: ipv4 })],
  ['another command', binary({ command: 0x22, body: ipv4 })],
  ['a length without room for the addresses', binary({ body: ipv4.subarray(0, 8) })],
  ['a Unix socket', binary({ family: 0x31, body: Buffer.alloc(216) })],
  ['a lower-case word', Buffer.from('proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n')],
];

describe('a PROXY protocol header', () => {
  for (const [name, header, address] of valid) {
    it(`${name} is read whatever follows it`, () => {
      assert.deepEqual(parseProxyHeader(header), { address, length: header.length });
      const request = Buffer.concat([header, Buffer.from('GET / HTTP/1.1\r\n\r\n')]);
      assert.deepEqual(parseProxyHeader(request), { address, length: header.length });
    });
    it(`${name} waits for the rest at every byte`, () => {
      for (let end = 0; end < header.length; end++)
        assert.equal(parseProxyHeader(header.subarray(0, end)), 'more', `after ${end} bytes`);
    });
  }

  for (const [name, header] of invalid)
    it(`is refused: ${name}`, () => assert.equal(parseProxyHeader(header), 'invalid'));

  it('has the checksum of RFC 3720', () => {
    assert.equal(crc32c(Buffer.from('123456789')), 0xe306_9283);
    assert.equal(crc32c(Buffer.alloc(32)), 0x8a91_36aa);
  });

  it('gives an answer for any bytes and never a longer header than there are bytes', () => {
    const start = fc.constantFrom(
      Buffer.alloc(0),
      signature,
      Buffer.from('PROXY TCP4 '),
      Buffer.from('PROXY '),
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (head, tail) => {
        const bytes = Buffer.concat([head, tail]);
        const parsed = parseProxyHeader(bytes);
        if (typeof parsed === 'object') assert.ok(parsed.length <= bytes.length);
      }),
    );
  });
});
