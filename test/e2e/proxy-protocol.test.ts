import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { post, sendRaw } from '../support/raw.ts';
import { type IssuedKey, startSurety, type TestServer } from '../support/surety.ts';

const policyOf = (proxies: string) => `
version: 1
gate:
  proxies: [${proxies}]
  proxyProtocol: true
  addresses: { deny: [192.0.2.66/32] }
  upstreams: { echo: { builtin: echo } }
  routes: [{ match: /v1/**, wire: openai, models: { echo: echo } }]
identity: { roles: { developer: { may: [call /v1/**], models: [echo] } } }
`;

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const v1 = (address: string): string => `PROXY TCP4 ${address} 198.51.100.1 12345 443\r\n`;
function v2(address: string): Buffer {
  const body = Buffer.from([...address.split('.').map(Number), 198, 51, 100, 1, 0x30, 0x39, 1, 0xbb]);
  return Buffer.concat([signature, Buffer.from([0x21, 0x11, 0, body.length]), body]);
}
const v2Local = Buffer.concat([signature, Buffer.from([0x20, 0, 0, 0])]);

describe('a gate behind a proxy that speaks the PROXY protocol', () => {
  let server: TestServer;
  let bound: IssuedKey;
  before(async () => {
    server = await startSurety({ policy: policyOf('127.0.0.1/32') });
    bound = await server.createKey('developer', ['--address', '203.0.113.7/32']);
  });
  after(() => server.dispose());

  const request = () =>
    post({ headers: [`x-api-key: ${bound.key}`], body: JSON.stringify({ model: 'echo', messages: [] }) });

  for (const [version, header] of [
    ['v1', v1],
    ['v2', v2],
  ] as const) {
    it(`knows callers by the address of the header (${version})`, async () => {
      assert.equal((await sendRaw(server.gate, header('203.0.113.7'), request())).status, 200);
      const elsewhere = await sendRaw(server.gate, header('203.0.113.8'), request());
      assert.deepEqual([elsewhere.status, /credential\.address/.test(elsewhere.body)], [403, true]);
      const denied = await sendRaw(server.gate, header('192.0.2.66'), request());
      assert.deepEqual([denied.status, /request\.address/.test(denied.body)], [403, true]);
    });

    it(`reads a header that comes in one piece with the request, or byte by byte (${version})`, async () => {
      const bytes = Buffer.concat([Buffer.from(header('203.0.113.7')), Buffer.from(request())]);
      assert.equal((await sendRaw(server.gate, bytes)).status, 200);
      const cut = Array.from(bytes.subarray(0, 40), (byte) => Buffer.from([byte]));
      assert.equal((await sendRaw(server.gate, ...cut, bytes.subarray(40))).status, 200);
    });
  }

  it('writes a pseudonym for the address of the header, not of the proxy', async () => {
    const [first, second] = ['203.0.113.20', '203.0.113.21'];
    for (const address of [first, second, first]) await sendRaw(server.gate, v1(address), request());
    const denied = await server.waitForEntries(
      ['--reason', 'credential.address'],
      ({ length }) => length >= 3,
    );
    const sources = new Set(denied.map(({ source }) => source));
    assert.ok(sources.size >= 2, [...sources].join());
    assert.ok(![...sources].some((source) => source?.includes('203.0.113') || source?.includes('127.0.0.1')));
  });

  it('takes a connection of the proxy itself for what it is', async () => {
    assert.equal(
      (await sendRaw(server.gate, v2Local, 'GET /livez HTTP/1.1\r\nhost: gate\r\nconnection: close\r\n\r\n'))
        .status,
      200,
    );
    assert.equal((await sendRaw(server.gate, v2Local, request())).status, 403);
  });

  it('knows no caller behind a header that names none: health is served, and X-Forwarded-For is not believed', async () => {
    const forged = post({
      headers: [`x-api-key: ${bound.key}`, 'x-forwarded-for: 203.0.113.7'],
      body: JSON.stringify({ model: 'echo', messages: [] }),
    });
    const headers = [
      v2Local,
      'PROXY UNKNOWN\r\n',
      'PROXY UNKNOWN 203.0.113.7 198.51.100.1 12345 443\r\n',
      Buffer.concat([signature, Buffer.from([0x21, 0, 0, 0])]),
    ];
    for (const header of headers) {
      const answer = await sendRaw(server.gate, header, forged);
      assert.deepEqual([answer.status, /request\.address/.test(answer.body)], [403, true]);
      for (const path of ['/livez', '/readyz']) {
        const health = `GET ${path} HTTP/1.1\r\nhost: gate\r\nconnection: close\r\n\r\n`;
        assert.equal((await sendRaw(server.gate, header, health)).status, 200);
      }
    }
  });

  it('denies an address whichever way it is written, with a zone or inside IPv6', async () => {
    for (const address of ['::ffff:192.0.2.66', '::ffff:c000:242', '::FFFF:192.0.2.66%eth0']) {
      const denied = await sendRaw(server.gate, `PROXY TCP6 ${address} ::1 12345 443\r\n`, request());
      assert.deepEqual([denied.status, /request\.address/.test(denied.body)], [403, true], address);
    }
  });

  it('closes a connection without a header, and answers nothing', async () => {
    const nonsense = [request(), 'GET /livez HTTP/1.1\r\nhost: gate\r\n\r\n', v1('localhost'), 'PROXY\r\n'];
    for (const start of nonsense) {
      const answer = await sendRaw(server.gate, start, request());
      assert.equal(answer.text, '', start);
    }
  });
});

it('a PROXY protocol header from elsewhere than the proxies is not believed: the connection is closed', async () => {
  const server = await startSurety({ policy: policyOf('10.0.0.0/8') });
  try {
    const { key } = await server.createKey('developer');
    const request = post({ headers: [`x-api-key: ${key}`], body: '{"model":"echo","messages":[]}' });
    for (const header of [v1('10.0.0.1'), v2('10.0.0.1'), '']) {
      const answer = await sendRaw(server.gate, header, request);
      assert.equal(answer.text, '');
    }
    assert.deepEqual(await server.entries('--kind', 'call.decided'), []);
  } finally {
    await server.dispose();
  }
});
