import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeCertificates, type TestCertificates } from '../../test/support/certificates.ts';
import { startProxy } from '../../test/support/proxy.ts';
import type { Reach } from './dispatcher.ts';
import { createDownload, type DownloadAnswer, DownloadFailed } from './download.ts';

const mediaTypes = ['application/json'];
const json = { 'content-type': 'application/json; charset=utf-8' };
const bounds = { maxBytes: 1000, timeoutMs: 500 };

const behaviours: Record<string, RequestListener> = {
  '/good': (_, response) => response.writeHead(200, json).end('{"a":1}'),
  '/refused': (_, response) => response.writeHead(400, json).end('{"error":"invalid_grant"}'),
  '/redirect': (_, response) => response.writeHead(302, { location: '/good' }).end(),
  '/long': (_, response) => response.writeHead(200, json).end('x'.repeat(1001)),
  '/endless': (_, response) => {
    response.writeHead(200, json);
    const more = () => response.write('x'.repeat(500), () => setImmediate(more));
    response.on('error', () => {});
    more();
  },
  '/page': (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>'),
  '/nameless': (_, response) => response.writeHead(200).end('{}'),
  '/packed': (_, response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end('x'),
  '/hangs': () => {},
  '/drips': (_, response) => {
    response.writeHead(200, json);
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  },
  '/breaks': (_, response) => {
    response.writeHead(200, { ...json, 'content-length': '100' }).write('{');
    setImmediate(() => response.destroy());
  },
  '/many': (_, response) => response.writeHead(200, { ...json, 'x-filler': 'x'.repeat(60_000) }).end('{}'),
};

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

describe('a download', () => {
  let certificates: TestCertificates;
  let folder = '';
  let plain: Server;
  let secure: Server;
  let origin = '';
  let secureOrigin = '';
  const handle: RequestListener = (request, response) =>
    (behaviours[request.url ?? ''] ?? behaviours['/refused'])?.(request, response);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'surety-download-'));
    certificates = makeCertificates(folder);
    plain = createServer(handle);
    secure = createTlsServer({ cert: certificates.cert, key: certificates.key }, handle);
    origin = `http://127.0.0.1:${await listen(plain)}`;
    secureOrigin = `https://localhost:${await listen(secure)}`;
  });
  after(() => {
    for (const server of [plain, secure]) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(folder, { recursive: true });
  });

  async function fetchFrom(url: string, reach: Reach = { private: true }): Promise<DownloadAnswer> {
    const download = createDownload({ name: 'the service', reach, bounds });
    try {
      return await download.fetch({ url, mediaTypes });
    } finally {
      await download.close();
    }
  }
  const fails = (url: string, reach?: Reach): Promise<string> =>
    fetchFrom(url, reach).then(
      () => 'succeeded',
      (error: unknown) =>
        error instanceof DownloadFailed ? error.reason : `not a failure of its own: ${String(error)}`,
    );

  it('brings the status, the head and the body', async () => {
    const good = await fetchFrom(`${origin}/good`);
    assert.deepEqual([good.status, good.body.toString()], [200, '{"a":1}']);
    assert.equal((await fetchFrom(`${origin}/refused`)).status, 400);
  });

  it('ends within its bounds, whatever the other side does, and says why', async () => {
    const expected = {
      '/redirect': 'redirect',
      '/long': 'too-large',
      '/endless': 'too-large',
      '/page': 'media-type',
      '/nameless': 'media-type',
      '/packed': 'encoding',
      '/hangs': 'timeout',
      '/drips': 'timeout',
      '/breaks': 'broken',
      '/many': 'broken',
    };
    const found = await Promise.all(
      Object.keys(expected).map(async (path) => [path, await fails(origin + path)] as const),
    );
    assert.deepEqual(Object.fromEntries(found), expected);
  });

  it('goes to private addresses and over plain http only where that was said, also behind a name', async () => {
    const open: Reach = { private: false };
    assert.equal(await fails(`${origin}/good`, open), 'url');
    assert.equal(await fails(secureOrigin.replace('localhost', '127.0.0.1'), open), 'address');
    assert.equal(await fails(`${secureOrigin}/good`, open), 'address');
    assert.equal(await fails('https://169.254.169.254/good'), 'address');
    assert.equal(await fails('https://[fe80::1]/good'), 'address');
  });

  it('takes no address that is no plain https address', async () => {
    for (const url of ['file:///etc/passwd', 'data:,x', 'ftp://a/', 'https://user:pass@a/', 'not one', ''])
      assert.equal(await fails(url), 'url', url);
  });

  it('believes the authority it was given, and no other', async () => {
    assert.equal(await fails(`${secureOrigin}/good`), 'connect');
    const reach = { private: true, ca: certificates.caFile };
    assert.equal((await fetchFrom(`${secureOrigin}/good`, reach)).status, 200);
  });

  it('goes through the egress proxy, and not with an address it may not reach', async () => {
    const proxy = await startProxy();
    const { port } = proxy.server.address() as AddressInfo;
    const reach = { private: true, ca: certificates.caFile, proxy: `http://127.0.0.1:${port}` };
    assert.equal((await fetchFrom(`${secureOrigin}/good`, reach)).status, 200);
    assert.deepEqual(proxy.targets, [new URL(secureOrigin).host]);
    assert.equal(await fails('https://169.254.169.254/', reach), 'address');
    assert.equal(proxy.targets.length, 1);
    proxy.server.close();
  });

  it('says nothing of the other side in its error', async () => {
    const error: unknown = await fetchFrom('https://localhost:1/secret').catch((thrown: unknown) => thrown);
    assert.ok(error instanceof DownloadFailed);
    assert.equal(error.message, 'the download failed: connect');
  });
});
