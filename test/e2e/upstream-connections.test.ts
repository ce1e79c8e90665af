import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { makeCertificates, type TestCertificates } from '../support/certificates.ts';
import { type EgressProxy, listen, portOf, startProxy } from '../support/proxy.ts';
import { sendRaw } from '../support/raw.ts';
import { answerChat, type SeenRequest, sendJson } from '../support/service.ts';
import { canaryPrompt, waitFor } from '../support/surety.ts';
import { startUpstreams, type UpstreamTest } from '../support/upstreams.ts';

const firstCredential = 'service-credential-first-5521';
const secondCredential = 'service-credential-second-7743';

describe('services', () => {
  let test: UpstreamTest;
  let folder: string;
  let certificates: TestCertificates;
  let tls: TlsServer;
  let proxy: EgressProxy;
  let credentialFile: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'surety-services-'));
    certificates = makeCertificates(folder);
    credentialFile = join(folder, 'credential');
    writeFileSync(credentialFile, firstCredential);
    tls = createTlsServer({ cert: certificates.cert, key: certificates.key }, (_request, response) =>
      sendJson(response, 200, {
        object: 'chat.completion',
        choices: [],
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      }),
    );
    await listen(tls);
    proxy = await startProxy();
    const throughProxy = `proxy: "http://127.0.0.1:${portOf(proxy.server)}"`;
    test = await startUpstreams({
      secrets: [firstCredential, secondCredential],
      upstreams: ({ port }) => ({
        one: {},
        keyed: { own: `credential: "file:${credentialFile}"` },
        proxied: { own: throughProxy },
        loopback: { section: `{ url: "https://127.0.0.1:${port}" }` },
        named: { section: `{ url: "https://localhost:${port}" }` },
        sneaky: { section: `{ url: "https://127.0.0.1:${port}", ${throughProxy} }` },
        trusted: {
          section: `{ url: "https://localhost:${portOf(tls)}", private: true, ca: "${certificates.caFile}" }`,
        },
        stranger: { section: `{ url: "https://localhost:${portOf(tls)}", private: true }` },
      }),
      models: ['alias: { upstream: one, model: real-name }'],
    });
  });
  beforeEach(() => test.reset());
  after(async () => {
    await test.close();
    for (const other of [tls, proxy.server]) other.close();
    rmSync(folder, { recursive: true });
  });

  describe('at addresses inside', () => {
    it('are refused without private: true', async () =>
      void (await test.refused(test.send('loopback'), 502, 'upstream.address')));
    it('are refused also behind a name', async () =>
      void (await test.refused(test.send('named'), 502, 'upstream.address')));
    it('are refused also through a proxy', async () => {
      await test.refused(test.send('sneaky'), 502, 'upstream.address');
      assert.deepEqual(proxy.targets, []);
    });
  });

  it('are reached through the egress proxy, by CONNECT', async () => {
    assert.equal((await test.send('proxied')).status, 200);
    assert.ok(proxy.targets.includes(`127.0.0.1:${test.service.port}`));
    assert.deepEqual(proxy.plain, [], 'the proxy saw a request itself');
  });

  it('are believed by the certificate authority of the policy', async () => {
    assert.equal((await test.send('trusted')).status, 200);
    await test.refused(test.send('stranger'), 502, 'upstream.connect');
  });

  it('get their credential, read again when it changes', async () => {
    test.behaviours.set('keyed', answerChat({ key: firstCredential }));
    assert.equal((await test.send('keyed')).status, 200);
    test.behaviours.set('keyed', answerChat({ key: secondCredential }));
    await test.refused(test.send('keyed'), 502, 'upstream.refused');
    writeFileSync(`${credentialFile}.new`, secondCredential);
    renameSync(`${credentialFile}.new`, credentialFile);
    await waitFor(async () => ((await test.send('keyed')).status === 200 ? true : undefined));
  });

  describe('get of the request', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    it('its trace and its id, which comes back', async () => {
      const id = '0199e2c4-7d5e-7000-8000-0123456789ab';
      const response = await test.send('one', {
        headers: { traceparent, 'x-request-id': id, tracestate: 'a=b' },
      });
      assert.equal(response.headers.get('x-request-id'), id);
      const { headers } = test.seenBy('one')[0] as SeenRequest;
      assert.deepEqual(
        [headers['traceparent'], headers['tracestate'], headers['x-request-id']],
        [traceparent, 'a=b', id],
      );
      assert.equal(headers['accept-encoding'], 'identity');
      assert.equal((await test.send('one', { headers: { traceparent: 'forged' } })).status, 200);
      assert.equal(test.seenBy('one')[1]?.headers['traceparent'], undefined);
    });

    it('no credential, cookie, forwarded address or header of the connection', async () => {
      const lines = [
        'POST /agents/run?a=1 HTTP/1.1',
        'host: gate',
        `authorization: Bearer ${test.key}`,
        'content-length: 2',
        'cookie: session=1',
        'connection: keep-alive, x-first',
        'connection: x-second',
        'x-first: 1',
        'x-second: 2',
        'keep-alive: timeout=5',
        'te: trailers',
        'proxy-authorization: Basic eA==',
        'x-forwarded-for: 1.2.3.4',
        'x-forwarded-host: evil',
        'x-forwarded-proto: https',
        'x-real-ip: 1.2.3.4',
        'x-forwarded-port: 1',
        'x-client-ip: 1.2.3.4',
        'cf-connecting-ip: 1.2.3.4',
        'true-client-ip: 1.2.3.4',
        'forwarded: for=1.2.3.4',
        'x-forwarded-user: admin',
        'x-original-url: /admin',
        'x_forwarded_for: 1.2.3.4',
        'x-unheard-of: yes',
        'accept-encoding: gzip',
      ];
      assert.equal((await sendRaw(test.server.gate, `${lines.join('\r\n')}\r\n\r\n{}`)).status, 200);
      const [seen] = test.seenBy('agents');
      assert.ok(seen);
      assert.deepEqual([seen.path, seen.body, seen.method], ['/agents/run?a=1', '{}', 'POST']);
      const { host, 'x-request-id': id, ...rest } = seen.headers;
      assert.equal(host, `127.0.0.1:${test.service.port}`);
      assert.match(String(id), /^[0-9a-f-]{36}$/);
      assert.deepEqual(rest, {
        connection: 'keep-alive',
        'content-length': '2',
        'accept-encoding': 'identity',
      });
    });

    it('its body with every byte as it was, but for the name of the model', async () => {
      const body = `{ "messages" : [{"role":"user","content":"\\u00e9 é 😀 \\"model\\":\\"alias\\" ${canaryPrompt}"}],\n\t"model":\t"alias" ,"temperature":1.0e0,"x":{"model":"alias"}}`;
      assert.equal((await test.send('alias', { body })).status, 200);
      assert.equal(test.seenBy('one')[0]?.body, body.replace('\t"alias"', '\t"real-name"'));
      const same = body.replaceAll('alias', 'one');
      await test.send('one', { body: same });
      assert.equal(test.seenBy('one')[1]?.body, same);
    });
  });
});
