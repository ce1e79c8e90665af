import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { FaultCode } from '../../src/kernel/index.ts';
import { makeCertificates, type TestCertificates } from '../support/certificates.ts';
import { type EgressProxy, listen, portOf, startProxy } from '../support/proxy.ts';
import { sendRaw } from '../support/raw.ts';
import {
  answerChat,
  type Behaviour,
  chatChunk,
  type SeenRequest,
  sendJson,
  startService,
  type TestService,
} from '../support/service.ts';
import { canaryPrompt, startSurety, type TestServer, waitFor } from '../support/surety.ts';

const firstCredential = 'service-credential-first-5521';
const secondCredential = 'service-credential-second-7743';

describe('services', () => {
  let service: TestService;
  let server: TestServer;
  let key: string;
  let folder: string;
  let certificates: TestCertificates;
  let silent: Server;
  let tls: TlsServer;
  let proxy: EgressProxy;
  let credentialFile: string;
  /** What the service does, by the first segment of the path, which is the upstream's name. */
  const behaviours = new Map<string, Behaviour>();
  let healthStatus = 200;

  const policy = () => {
    const at = (name: string, more = '') =>
      `    ${name}: { url: "${service.url}/${name}/v1", private: true${more && `, ${more}`} }`;
    return `
version: 1
gate:
  retries: { tries: 3, budget: 1, wait: 2s }
  upstreams:
${at('one', 'breaker: { failures: 1000 }')}
${at('two', 'breaker: { failures: 1000 }')}
${at('first-byte', 'deadlines: { firstByte: 300ms }')}
${at('idle', 'deadlines: { idle: 300ms }')}
${at('total', 'deadlines: { total: 700ms }')}
${at('circuit', 'breaker: { failures: 2, pause: 500ms }')}
${at('watched', 'health: { path: /health, every: 1s, timeout: 1s }')}
${at('keyed', `credential: "file:${credentialFile}"`)}
${at('proxied', `proxy: "http://127.0.0.1:${portOf(proxy.server)}"`)}
    down: { url: "http://127.0.0.1:1", private: true }
    handshake: { url: "https://127.0.0.1:${portOf(silent)}", private: true, deadlines: { connect: 300ms } }
    loopback: { url: "https://127.0.0.1:${service.port}" }
    named: { url: "https://localhost:${service.port}" }
    sneaky: { url: "https://127.0.0.1:${service.port}", proxy: "http://127.0.0.1:${portOf(proxy.server)}" }
    trusted: { url: "https://localhost:${portOf(tls)}", private: true, ca: "${certificates.caFile}" }
    stranger: { url: "https://localhost:${portOf(tls)}", private: true }
  routes:
    - match: /v1/**
      wire: openai
      models:
${['one', 'two', 'first-byte', 'idle', 'total', 'circuit', 'watched', 'keyed', 'proxied', 'down', 'handshake', 'loopback', 'named', 'sneaky', 'trusted', 'stranger'].map((name) => `        ${name}: ${name}`).join('\n')}
        alias: { upstream: one, model: real-name }
        fallback: [one, two]
        after-down: [down, two]
        after-circuit: [circuit, two]
        weighted: [[{ upstream: one, weight: 3 }, { upstream: two, weight: 1 }]]
    - { match: /agents/**, to: "${service.url}/agents", private: true }
identity:
  roles:
    developer: { may: [call /v1/**, call /agents/**] }
`;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'surety-services-'));
    certificates = makeCertificates(folder);
    credentialFile = join(folder, 'credential');
    writeFileSync(credentialFile, firstCredential);
    service = await startService((request, response) => {
      if (request.path === '/health') return sendJson(response, healthStatus, {});
      return (behaviours.get(request.path.split('/')[1] ?? '') ?? answerChat())(request, response);
    });
    silent = await listen(createTcpServer((socket) => void socket.on('error', () => {})));
    tls = createTlsServer({ cert: certificates.cert, key: certificates.key }, (_request, response) =>
      sendJson(response, 200, {
        object: 'chat.completion',
        choices: [],
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      }),
    );
    await listen(tls);
    proxy = await startProxy();
    server = await startSurety({ policy: policy(), secrets: [firstCredential, secondCredential] });
    ({ key } = await server.createKey('developer'));
  });
  beforeEach(() => {
    behaviours.clear();
    behaviours.set('agents', (_request, response) => sendJson(response, 200, {}, { 'content-length': '2' }));
    service.seen.length = 0;
  });
  after(async () => {
    await server.dispose();
    await service.close();
    for (const other of [silent, tls, proxy.server]) other.close();
    rmSync(folder, { recursive: true });
  });

  const send = (
    model: string,
    more: { body?: string; headers?: Record<string, string>; stream?: boolean } = {},
  ) =>
    fetch(`${server.gate}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more.headers },
      body:
        more.body ??
        JSON.stringify({
          model,
          messages: [{ role: 'user', content: canaryPrompt }],
          ...(more.stream && { stream: true }),
        }),
    });
  const seenBy = (name: string): SeenRequest[] =>
    service.seen.filter(({ path }) => path.startsWith(`/${name}/`));
  const refused = async (answer: Promise<Response>, status: number, code: FaultCode) => {
    const response = await answer;
    const text = await response.text();
    assert.equal(response.status, status, text);
    assert.equal((JSON.parse(text) as { error: { code: string } }).error.code, code);
    assert.match(response.headers.get('surety-entry') ?? '', /^[0-9a-f-]{36}$/);
    assert.ok(!/127\.0\.0\.1|localhost/.test(text), 'the address of the service left the gate');
    return { response, text };
  };
  const outcomeOf = async (response: Response) => {
    const entry = response.headers.get('surety-entry');
    const found = await server.waitForEntries(['--kind', 'call.finished'], (entries) =>
      entries.some(({ detail }) => detail?.['decision'] === entry),
    );
    return found.find(({ detail }) => detail?.['decision'] === entry);
  };
  /** Fails so many times, then answers. */
  const failing = (times: number, status = 500, headers: Record<string, string> = {}): Behaviour => {
    let left = times;
    return (request, response) => {
      if (left-- > 0) return sendJson(response, status, { error: { message: 'unwell' } }, headers);
      return answerChat()(request, response);
    };
  };

  describe('that do not answer', () => {
    it('are named by what failed: no connection', async () => {
      const { response } = await refused(send('down'), 502, 'upstream.connect');
      const outcome = await outcomeOf(response);
      assert.deepEqual(
        [outcome?.outcome, outcome?.reason, outcome?.detail?.['upstream']],
        ['failed', 'upstream.connect', 'down'],
      );
    });
    it('the connection not in time', async () =>
      void (await refused(send('handshake'), 504, 'upstream.timeout-connect')));
    it('the first byte not in time, and the call is not sent twice', async () => {
      behaviours.set('first-byte', () => {});
      await refused(send('first-byte'), 504, 'upstream.timeout-first-byte');
      assert.equal(seenBy('first-byte').length, 1);
      await seenBy('first-byte')[0]?.abandoned;
    });
    it('silence within the answer', async () => {
      behaviours.set(
        'idle',
        (_request, response) =>
          void response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
      );
      await refused(send('idle'), 504, 'upstream.timeout-idle');
    });
    it('silence within a stream, told by an error event', async () => {
      behaviours.set(
        'idle',
        (_request, response) =>
          void response
            .writeHead(200, { 'content-type': 'text/event-stream' })
            .write(chatChunk('idle', 'word')),
      );
      const response = await send('idle', { stream: true });
      assert.match(await response.text(), /"word"[\s\S]*"code":"upstream.timeout-idle"/);
      assert.equal((await outcomeOf(response))?.reason, 'upstream.timeout-idle');
    });
    it('the whole answer not in time', async () => {
      behaviours.set('total', (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write(' '), 50);
        response.on('close', () => clearInterval(timer));
      });
      await refused(send('total'), 504, 'upstream.timeout-total');
      await seenBy('total')[0]?.abandoned;
    });
  });

  describe('that fail', () => {
    it('are tried again', async () => {
      behaviours.set('one', failing(2));
      const response = await send('one');
      assert.equal(response.status, 200);
      assert.equal(seenBy('one').length, 3);
      assert.equal((await outcomeOf(response))?.detail?.['tries'], 3);
    });
    it('are tried as often as the policy says, then their answer stands', async () => {
      behaviours.set('one', failing(100, 503));
      assert.equal((await send('one')).status, 503);
      assert.equal(seenBy('one').length, 3);
    });
    it('are not tried again for what a retry cannot mend', async () => {
      behaviours.set('one', failing(100, 400));
      assert.equal((await send('one')).status, 400);
      assert.equal(seenBy('one').length, 1);
    });
    it('are waited for as Retry-After says', async () => {
      const times: number[] = [];
      const inner = failing(1, 429, { 'retry-after': '1' });
      behaviours.set('one', (request, response) => {
        times.push(performance.now());
        return inner(request, response);
      });
      assert.equal((await send('one')).status, 200);
      assert.ok(Number(times[1]) - Number(times[0]) >= 990, 'Retry-After was not waited for');
    });
    it('that ask for more patience than the policy has, answer the caller', async () => {
      behaviours.set('one', failing(100, 429, { 'retry-after': '30' }));
      const response = await send('one');
      assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '30']);
      assert.equal(seenBy('one').length, 1);
    });
    it('leave the call to the next of the plan, at once', async () => {
      behaviours.set('one', failing(100, 429, { 'retry-after': '30' }));
      const response = await send('fallback');
      assert.equal(response.status, 200);
      assert.deepEqual([seenBy('one').length, seenBy('two').length], [1, 1]);
      assert.equal((await outcomeOf(response))?.detail?.['upstream'], 'two');
    });
    it('leave it also where they cannot be reached', async () =>
      assert.equal((await send('after-down')).status, 200));
  });

  it('whose circuit is open are left alone, then tried by one call, then used again', async () => {
    const available = async (value: 0 | 1) =>
      waitFor(async () =>
        (await server.metrics()).includes(`surety_upstream_available{upstream="circuit"} ${value}`)
          ? true
          : undefined,
      );
    behaviours.set('circuit', failing(2));
    await send('circuit');
    const refusals: Response[] = [await send('circuit')];
    const opened = seenBy('circuit').length;
    assert.equal(opened, 2);
    assert.equal(refusals[0]?.status, 503);
    assert.match(refusals[0]?.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal((await send('after-circuit')).status, 200, 'the plan goes on to the next service');
    await available(1);
    const trial = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    behaviours.set('circuit', async (request, response) => {
      reached.resolve();
      await trial.promise;
      return answerChat()(request, response);
    });
    const trying = send('circuit');
    await reached.promise;
    await refused(send('circuit'), 503, 'upstream.unavailable');
    trial.resolve();
    assert.equal((await trying).status, 200);
    assert.equal((await send('circuit')).status, 200);
  });

  it('that say they are unwell are taken out, and back when they are well', async () => {
    const statusBecomes = (status: number) =>
      waitFor(async () => ((await send('watched')).status === status ? true : undefined));
    assert.equal((await send('watched')).status, 200);
    healthStatus = 500;
    await statusBecomes(503);
    assert.equal(seenBy('watched').length > 0, true);
    healthStatus = 200;
    await statusBecomes(200);
  });

  describe('whose answers are not passed on', () => {
    it('a refusal of the credential of the gate, nor what it says', async () => {
      behaviours.set('one', (_request, response) =>
        sendJson(response, 401, { error: { message: 'Incorrect API key provided: sk-internal-4711' } }),
      );
      const { response, text } = await refused(send('one'), 502, 'upstream.refused');
      assert.ok(!text.includes('sk-internal'));
      assert.equal(response.headers.get('www-authenticate'), null);
    });
    it('redirects, which are not followed', async () => {
      behaviours.set(
        'one',
        (_request, response) =>
          void response.writeHead(307, { location: `${service.url}/two/v1/chat/completions` }).end(),
      );
      await refused(send('one'), 502, 'upstream.redirect');
      assert.equal(seenBy('two').length, 0);
    });
    it('encoded answers', async () => {
      behaviours.set('one', (_request, response) =>
        sendJson(response, 200, {}, { 'content-encoding': 'gzip' }),
      );
      await refused(send('one'), 502, 'upstream.encoding');
    });
    it('answers that break off', async () => {
      behaviours.set('one', (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"half":', () => response.destroy());
      });
      await refused(send('one'), 502, 'upstream.broken');
    });
    it('streams that break off, which end in an error event', async () => {
      const begun = Promise.withResolvers<ServerResponse>();
      behaviours.set('one', (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chatChunk('one', 'word'));
        begun.resolve(response);
      });
      const answer = await send('one', { stream: true });
      assert.equal(answer.status, 200);
      (await begun.promise).destroy();
      assert.match(await answer.text(), /"word"[\s\S]*"code":"upstream.broken"/);
    });
    it('events that never end', async () => {
      behaviours.set('one', (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      });
      assert.match(await (await send('one', { stream: true })).text(), /"code":"upstream.broken"/);
    });
  });

  describe('at addresses inside', () => {
    it('are refused without private: true', async () =>
      void (await refused(send('loopback'), 502, 'upstream.address')));
    it('are refused also behind a name', async () =>
      void (await refused(send('named'), 502, 'upstream.address')));
    it('are refused also through a proxy', async () => {
      await refused(send('sneaky'), 502, 'upstream.address');
      assert.deepEqual(proxy.targets, []);
    });
  });

  it('are reached through the egress proxy, by CONNECT', async () => {
    assert.equal((await send('proxied')).status, 200);
    assert.ok(proxy.targets.includes(`127.0.0.1:${service.port}`));
    assert.deepEqual(proxy.plain, [], 'the proxy saw a request itself');
  });

  it('are believed by the certificate authority of the policy', async () => {
    assert.equal((await send('trusted')).status, 200);
    await refused(send('stranger'), 502, 'upstream.connect');
  });

  it('get their credential, read again when it changes', async () => {
    behaviours.set('keyed', answerChat({ key: firstCredential }));
    assert.equal((await send('keyed')).status, 200);
    behaviours.set('keyed', answerChat({ key: secondCredential }));
    await refused(send('keyed'), 502, 'upstream.refused');
    writeFileSync(`${credentialFile}.new`, secondCredential);
    renameSync(`${credentialFile}.new`, credentialFile);
    await waitFor(async () => ((await send('keyed')).status === 200 ? true : undefined));
  });

  describe('get of the request', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    it('its trace and its id, which comes back', async () => {
      const id = '0199e2c4-7d5e-7000-8000-0123456789ab';
      const response = await send('one', { headers: { traceparent, 'x-request-id': id, tracestate: 'a=b' } });
      assert.equal(response.headers.get('x-request-id'), id);
      const { headers } = seenBy('one')[0] as SeenRequest;
      assert.deepEqual(
        [headers['traceparent'], headers['tracestate'], headers['x-request-id']],
        [traceparent, 'a=b', id],
      );
      assert.equal(headers['accept-encoding'], 'identity');
      assert.equal((await send('one', { headers: { traceparent: 'forged' } })).status, 200);
      assert.equal(seenBy('one')[1]?.headers['traceparent'], undefined);
    });

    it('no credential, cookie, forwarded address or header of the connection', async () => {
      const lines = [
        'POST /agents/run?a=1 HTTP/1.1',
        'host: gate',
        `authorization: Bearer ${key}`,
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
        'forwarded: for=1.2.3.4',
        'x-kept: yes',
        'accept-encoding: gzip',
      ];
      assert.equal((await sendRaw(server.gate, `${lines.join('\r\n')}\r\n\r\n{}`)).status, 200);
      const [seen] = seenBy('agents');
      assert.ok(seen);
      assert.deepEqual([seen.path, seen.body, seen.method], ['/agents/run?a=1', '{}', 'POST']);
      const { host, 'x-request-id': id, ...rest } = seen.headers;
      assert.equal(host, `127.0.0.1:${service.port}`);
      assert.match(String(id), /^[0-9a-f-]{36}$/);
      assert.deepEqual(rest, {
        connection: 'keep-alive',
        'content-length': '2',
        'x-kept': 'yes',
        'accept-encoding': 'identity',
      });
    });

    it('its body with every byte as it was, but for the name of the model', async () => {
      const body = `{ "messages" : [{"role":"user","content":"\\u00e9 é 😀 \\"model\\":\\"alias\\" ${canaryPrompt}"}],\n\t"model":\t"alias" ,"temperature":1.0e0,"x":{"model":"alias"}}`;
      assert.equal((await send('alias', { body })).status, 200);
      assert.equal(seenBy('one')[0]?.body, body.replace('\t"alias"', '\t"real-name"'));
      const same = body.replaceAll('alias', 'one');
      await send('one', { body: same });
      assert.equal(seenBy('one')[1]?.body, same);
    });
  });

  it('share calls by weight', async () => {
    for (let round = 0; round < 10; round++)
      await Promise.all(Array.from({ length: 10 }, () => send('weighted')));
    const ofOne = seenBy('one').length;
    assert.equal(ofOne + seenBy('two').length, 100);
    assert.ok(ofOne > 45 && ofOne < 98, `${ofOne} of 100`);
  });

  it('with headers and statuses nobody expects do not hurt the gate', async () => {
    const odd = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () =>
          socket.end(
            Buffer.from(
              'HTTP/1.1 299 Odd\r\nx-odd: \u20ac\xff\t\r\ncontent-type: application/json\r\nx-odd: 2\r\ncontent-length: 2\r\n\r\n{}',
              'utf8',
            ),
          ),
        );
      }),
    );
    const changed = policy().replace(`to: "${service.url}/agents"`, `to: "http://127.0.0.1:${portOf(odd)}"`);
    writeFileSync(server.policyFile, changed);
    try {
      const answer = await waitFor(async () => {
        const found = await fetch(`${server.gate}/agents/x`, { headers: { 'x-api-key': key } });
        return found.status === 299 ? found : undefined;
      });
      assert.equal(await answer.text(), '{}');
    } finally {
      odd.close();
    }
  });
});
