import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { FaultCode } from '../../src/kernel/index.ts';
import { post, type RawAnswer, sendRaw } from '../support/raw.ts';
import { answerChat, startService, type TestService } from '../support/service.ts';
import { canaryPrompt, type IssuedKey, startSurety, type TestServer } from '../support/surety.ts';

const chat = (model = 'm', more = '') =>
  `{"model":"${model}","messages":[{"role":"user","content":"${canaryPrompt}"}]${more}}`;

const policyOf = (service: TestService) => `
version: 1
gate:
  bounds: { body: 64 KiB, depth: 16 }
  deadlines: { headers: 2s, body: 2s }
  upstreams:
    service: { url: ${service.url}, private: true }
    claude: { url: ${service.url}, private: true }
  routes:
    - { match: /v1/**, wire: openai, models: { m: service, other: service } }
    - { match: /anthropic/**, wire: anthropic, models: { m: claude } }
    - { match: /agents/**, to: "${service.url}", private: true, name: agents }
    - { match: /open/**, to: "${service.url}", private: true, public: true }
    - { match: /watched/**, to: "${service.url}", private: true, observe: true }
identity:
  roles:
    developer: { may: [call /v1/**, call /anthropic/**], models: [m] }
    embedder: { may: [call /v1/embeddings], models: [m] }
    few: { may: [call /v1/**], models: [m], limits: { requests: 2/h } }
    watched: { may: [call /v1/**] }
`;

describe('the gate refuses', () => {
  let service: TestService;
  let server: TestServer;
  let developer: IssuedKey;
  let bearer: string;
  before(async () => {
    service = await startService(answerChat());
    server = await startSurety({ policy: policyOf(service) });
    developer = await server.createKey('developer');
    bearer = `authorization: Bearer ${developer.key}`;
  });
  after(async () => {
    assert.deepEqual(
      service.seen.filter(({ headers }) => JSON.stringify(headers).includes('sty_')),
      [],
      "a caller's key reached the service",
    );
    await server.dispose();
    await service.close();
  });

  /** Refused with this code in the form of OpenAI, recorded under the entry that the answer names, and never forwarded. */
  const assertDenied = async (answer: RawAnswer, status: number, code: FaultCode) => {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.body, new RegExp(`"code":"${code.replace('.', '\\.')}"`));
    assert.ok(!/\bat .*\.ts:\d+/.test(answer.text), 'a stack trace left the gate');
    assert.ok(!answer.text.includes(canaryPrompt), 'the prompt came back in an error');
    assert.match(answer.headers.get('surety-entry') ?? '', /^[0-9a-f-]{36}$/);
  };
  const send = (options: Parameters<typeof post>[0]) =>
    sendRaw(server.gate, post({ body: chat(), headers: [bearer], ...options }));

  it('names the entry of each denial, which says the reason', async () => {
    const answer = await send({ headers: [] });
    const found = await server.waitForEntries(
      ['--kind', 'call.denied', '--reason', 'credential.missing'],
      (entries) => entries.length > 0,
    );
    assert.ok(found.some(({ id }) => id === answer.headers.get('surety-entry')));
    assert.equal(found[0]?.outcome, 'denied');
  });

  describe('callers', () => {
    const altered = (key: string) => `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
    it('without a credential', async () =>
      assertDenied(await send({ headers: [] }), 401, 'credential.missing'));
    it('with a key that is no key', async () =>
      assertDenied(await send({ headers: ['authorization: Bearer nonsense'] }), 401, 'credential.malformed'));
    it('with a truncated key', async () =>
      assertDenied(await send({ headers: [bearer.slice(0, -1)] }), 401, 'credential.malformed'));
    it('with an altered key', async () =>
      assertDenied(await send({ headers: [altered(bearer)] }), 401, 'credential.malformed'));
    it('with basic authentication', async () =>
      assertDenied(await send({ headers: ['authorization: Basic dTpw'] }), 401, 'credential.malformed'));
    it('with two authorizations', async () =>
      assertDenied(await send({ headers: [bearer, bearer] }), 400, 'credential.ambiguous'));
    it('with two kinds of credential', async () =>
      assertDenied(
        await send({ headers: [bearer, `x-api-key: ${developer.key}`] }),
        400,
        'credential.ambiguous',
      ));
    it('with two x-api-keys', async () => {
      const header = `x-api-key: ${developer.key}`;
      await assertDenied(await send({ headers: [header, header] }), 400, 'credential.ambiguous');
    });
    it('with a revoked key, at once', async () => {
      const { id, key } = await server.createKey('developer');
      const headers = [`api-key: ${key}`];
      assert.equal((await send({ headers })).status, 200);
      assert.equal((await server.run('keys', 'revoke', id)).code, 0);
      await assertDenied(await send({ headers }), 401, 'credential.revoked');
    });
    it('with an expired key', async () => {
      const made = await server.run(
        'keys',
        'create',
        '--name',
        'brief',
        '--role',
        'developer',
        '--expires',
        '1ms',
        '--json',
      );
      const { key } = JSON.parse(made.out) as IssuedKey;
      await assertDenied(await send({ headers: [`x-api-key: ${key}`] }), 401, 'credential.expired');
    });
    it('from an address the key does not allow', async () => {
      const { key } = await server.createKey('developer', ['--address', '192.0.2.0/24']);
      await assertDenied(await send({ headers: [`x-api-key: ${key}`] }), 403, 'credential.address');
    });
  });

  describe('what the role does not permit', () => {
    it('a model', async () => assertDenied(await send({ body: chat('other') }), 403, 'permission.model'));
    it('an operation', async () => {
      const { key } = await server.createKey('embedder');
      await assertDenied(await send({ headers: [`x-api-key: ${key}`] }), 403, 'permission.operation');
      assert.equal(
        (
          await send({
            path: '/v1/embeddings',
            body: '{"model":"m","input":"x"}',
            headers: [`x-api-key: ${key}`],
          })
        ).status,
        200,
      );
    });
    it('another route', async () => {
      const answer = await send({ path: '/agents/run' });
      assert.equal(answer.status, 403);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    });
    it('in the form of Anthropic on its wire', async () => {
      const answer = await send({
        path: '/anthropic/v1/messages',
        body: '{"model":"other","max_tokens":1,"messages":[]}',
      });
      assert.equal(answer.status, 403);
      assert.equal(JSON.parse(answer.body).error.type, 'permission_error');
    });
    it('but an observed route lets it through and records it', async () => {
      const { key } = await server.createKey('watched');
      assert.equal((await send({ path: '/watched/x', headers: [`x-api-key: ${key}`] })).status, 200);
      await server.waitForEntries(['--kind', 'call.decided', '--route', '/watched/**'], (entries) =>
        entries.some(({ detail }) => JSON.stringify(detail?.['wouldDeny']) === '["permission.operation"]'),
      );
      assert.equal(
        (await send({ path: '/watched/x', headers: [] })).status,
        401,
        'observing asks for a credential all the same',
      );
    });
    it('and a public route asks for no credential', async () =>
      assert.equal((await send({ path: '/open/x', headers: [] })).status, 200));
  });

  describe('what is not there', () => {
    it('a path', async () => assert.equal((await send({ path: '/v2/chat' })).status, 404));
    it('an operation', async () => assertDenied(await send({ path: '/v1/files' }), 404, 'operation.unknown'));
    it('a stored response, which is shared by all callers', async () => {
      const answer = await sendRaw(
        server.gate,
        `GET /v1/responses/resp_1 HTTP/1.1\r\nhost: gate\r\n${bearer}\r\n\r\n`,
      );
      await assertDenied(answer, 404, 'operation.unknown');
    });
  });

  describe('limits', () => {
    it('passed, with Retry-After and RateLimit', async () => {
      const { key } = await server.createKey('few');
      const headers = [`x-api-key: ${key}`];
      const statuses = [await send({ headers }), await send({ headers })].map(({ status }) => status);
      assert.deepEqual(statuses, [200, 200]);
      const third = await send({ headers });
      await assertDenied(third, 429, 'limit.requests');
      assert.ok(Number(third.headers.get('retry-after')) >= 1);
      assert.match(third.headers.get('ratelimit') ?? '', /;r=0;t=\d+/);
      assert.match(third.headers.get('ratelimit-policy') ?? '', /;q=2;w=3600/);
    });
  });

  describe('bodies', () => {
    const invalid = async (body: string, place: RegExp) => {
      const answer = await send({ body });
      await assertDenied(answer, 400, 'body.invalid');
      assert.match(answer.body, place);
    };
    it('broken JSON', () => invalid('{"model":"m",}', /line 1 column 14/));
    it('an empty body', () => invalid('', /empty/));
    it('not an object', () => invalid('[]', /JSON object/));
    it('without a model', () => invalid('{"messages":[]}', /\\"model\\" is missing/));
    it('of wrong types', () => invalid('{"model":"m","messages":"x"}', /\\"messages\\" must be an array/));
    it('with duplicate names', () =>
      invalid('{"model":"m","model":"other","messages":[]}', /Duplicate name at line 1 column 14/));
    it('with duplicate names spelled with escapes', () =>
      invalid('{"model":"m","\\u006dodel":"other","messages":[]}', /Duplicate name/));
    it('nested too deeply', () =>
      invalid(`{"model":"m","messages":${'['.repeat(40)}${']'.repeat(40)}}`, /more than 16 levels/i));
    it('with a file of another caller', () =>
      invalid(
        '{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]}',
        /file_id/,
      ));
    it('with invalid UTF-8', async () => {
      const body = Buffer.concat([
        Buffer.from('{"model":"'),
        Buffer.from([0xff]),
        Buffer.from('","messages":[]}'),
      ]);
      const head = post({ headers: [bearer], body: ' '.repeat(body.length) }).trimEnd();
      const answer = await sendRaw(server.gate, `${head}\r\n\r\n`, body);
      await assertDenied(answer, 400, 'body.invalid');
      assert.match(answer.body, /byte 10/);
    });
    it('that are encoded', async () =>
      assertDenied(await send({ headers: [bearer, 'content-encoding: gzip'] }), 415, 'body.encoding'));
    it('of another media type', async () => {
      const text = post({ headers: [bearer], body: chat() }).replace('application/json', 'text/plain');
      await assertDenied(await sendRaw(server.gate, text), 415, 'body.media-type');
    });
    it('too large, without reading them', async () => {
      const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: gate\r\n${bearer}\r\ncontent-type: application/json\r\ncontent-length: 999999999\r\n\r\n`;
      await assertDenied(await sendRaw(server.gate, head), 413, 'body.too-large');
    });
    it('too large in chunks, as soon as they pass the limit', async () => {
      const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: gate\r\n${bearer}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
      const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
      await assertDenied(await sendRaw(server.gate, head, chunk, chunk, chunk), 413, 'body.too-large');
    });
    it('that do not come', async () => {
      const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: gate\r\n${bearer}\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{`;
      await assertDenied(await sendRaw(server.gate, head), 408, 'request.timeout');
    });
  });

  describe('ambiguous requests', () => {
    const get = (...lines: string[]) => sendRaw(server.gate, `${lines.join('\r\n')}\r\n\r\n`);
    const refused = async (answer: RawAnswer, status: number, code: FaultCode) => {
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.body, new RegExp(`"code":"${code}"`));
    };
    it('a head that does not come', async () =>
      refused(await sendRaw(server.gate, 'GET /v1/models HTTP/1.1\r\nhost'), 408, 'request.timeout'));
    it('two Hosts', async () =>
      refused(await get('GET /v1/models HTTP/1.1', 'host: a', 'host: b', bearer), 400, 'request.framing'));
    it('no Host', async () => refused(await get('GET /v1/models HTTP/1.1', bearer), 400, 'request.framing'));
    it('absolute-form targets', async () =>
      refused(await get('GET http://other/v1/models HTTP/1.1', 'host: gate', bearer), 400, 'request.target'));
    it('TE: gzip, chunked', async () => {
      const answer = await get(
        'POST /v1/chat/completions HTTP/1.1',
        'host: gate',
        bearer,
        'transfer-encoding: gzip, chunked',
      );
      await refused(answer, 400, 'request.framing');
    });
    it('TE on HTTP/1.0', async () => {
      const answer = await get(
        'POST /v1/chat/completions HTTP/1.0',
        'host: gate',
        bearer,
        'transfer-encoding: chunked',
      );
      await refused(answer, 400, 'request.framing');
    });
    it('Content-Length with Transfer-Encoding', async () => {
      const answer = await get(
        'POST /v1/chat/completions HTTP/1.1',
        'host: gate',
        bearer,
        'content-length: 2',
        'transfer-encoding: chunked',
      );
      assert.equal(answer.status, 400);
    });
    it('two Content-Lengths', async () =>
      assert.equal(
        (
          await get(
            'POST /v1/chat/completions HTTP/1.1',
            'host: gate',
            'content-length: 2',
            'content-length: 3',
          )
        ).status,
        400,
      ));
    it('a folded header', async () =>
      assert.equal((await get('GET /v1/models HTTP/1.1', 'host: gate', 'x-a: b', ' c')).status, 400));
    it('a space before the colon', async () =>
      assert.equal((await get('GET /v1/models HTTP/1.1', 'host : gate')).status, 400));
    it('HTTP/0.9', async () =>
      assert.notEqual((await sendRaw(server.gate, 'GET /v1/models\r\n\r\n')).status, 200));
    it('the HTTP/2 preface', async () =>
      refused(await sendRaw(server.gate, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 505, 'request.version'));
    it('a WebSocket upgrade', async () => {
      const answer = await get(
        'GET /v1/realtime HTTP/1.1',
        'host: gate',
        bearer,
        'connection: upgrade',
        'upgrade: websocket',
        'sec-websocket-version: 13',
        'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
      );
      await refused(answer, 501, 'request.upgrade');
    });
    it('too large a head', async () =>
      refused(
        await get('GET /v1/models HTTP/1.1', 'host: gate', `x-large: ${'x'.repeat(40_000)}`),
        431,
        'request.headers-too-large',
      ));
    for (const target of [
      '/v1/../v1/models',
      '/v1/./models',
      '/v1//models',
      '/v1/%2e%2e/models',
      '/v1%2fmodels',
      '/v1/%5cmodels',
      '/v1\\models',
      '/v1/models%00',
      '/v1/%252e/x',
      '/v1/..',
      '/v1/%6dodels',
      '/v1/models;x',
      '/v1/..;/models',
    ]) {
      it(`the target ${target}`, async () =>
        refused(await get(`GET ${target} HTTP/1.1`, 'host: gate', bearer), 400, 'request.target'));
    }
  });

  it('and the ledger of all this verifies', async () => {
    const verified = await server.run('ledger', 'verify', '--json');
    assert.equal(verified.code, 0, verified.out);
    assert.equal((await fetch(`${server.console}/livez`)).status, 200);
  });
});
