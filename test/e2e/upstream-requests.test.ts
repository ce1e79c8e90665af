import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startService, type TestService } from '../support/service.ts';
import { runSurety, startSurety, type TestServer } from '../support/surety.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const policyOf = (url: string, headers: string): string => `version: 1
gate:
  upstreams: { service: { url: ${url}, private: true }, old: { url: ${url}, private: true, maximum: max_tokens } }
  routes:
    - { match: /v1/**, wire: openai, models: { m: service, old: old } }
    - { match: /agents/**, to: ${url}, private: true, name: agents${headers} }
identity:
  roles:
    free: { may: [call /v1/**, call /agents/**] }
    limited: { may: [call /v1/**], limits: { tokens: 20k/day } }
`;

describe('what a service is sent', () => {
  let service: TestService;
  let server: TestServer;
  let keys: { one: string; other: string; limited: string };
  before(async () => {
    service = await startService();
    server = await startSurety({ policy: policyOf(service.url, ', headers: [x-tenant]') });
    const key = async (role: string): Promise<string> => (await server.createKey(role)).key;
    keys = { one: await key('free'), other: await key('free'), limited: await key('limited') };
  });
  after(async () => {
    await server.dispose();
    await service.close();
  });

  async function send(key: string, path: string, document: object, headers: Record<string, string> = {}) {
    const seenBefore = service.seen.length;
    const answer = await fetch(`${server.gate}${path}`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(document),
    });
    await answer.arrayBuffer();
    const seen = service.seen.slice(seenBefore).at(-1);
    return {
      status: answer.status,
      seen,
      body: seen ? (JSON.parse(seen.body) as Record<string, unknown>) : {},
    };
  }
  const chat = (key: string, more: object = {}, headers: Record<string, string> = {}) =>
    send(key, '/v1/chat/completions', { model: 'm', messages: [], ...more }, headers);

  it('is never stored, and its keys are its caller’s own', async () => {
    const responses = (more: object = {}) =>
      send(keys.one, '/v1/responses', { model: 'm', input: 'x', ...more });
    assert.equal((await responses()).body['store'], false);
    assert.equal((await responses({ store: false })).body['store'], false);
    assert.equal((await responses({ store: null })).body['store'], false);
    assert.equal((await responses({ store: true })).status, 400);
    const remembered = async (key: string) => {
      const { seen, body } = await chat(key, { prompt_cache_key: 'k' }, { 'idempotency-key': 'k' });
      return [seen?.headers['idempotency-key'], body['prompt_cache_key']];
    };
    const [mine, again, other] = [
      await remembered(keys.one),
      await remembered(keys.one),
      await remembered(keys.other),
    ];
    assert.deepEqual(mine, again, 'the caller does not find its own again');
    for (const [index, value] of mine.entries()) {
      assert.notEqual(value, 'k');
      assert.notEqual(value, other[index], 'two callers share a key');
    }
  });

  it('names a maximum where tokens are limited and the caller named none', async () => {
    assert.equal((await chat(keys.one)).body['max_completion_tokens'], undefined);
    assert.equal((await chat(keys.limited)).body['max_completion_tokens'], 16_384);
    assert.equal((await chat(keys.limited, { max_tokens: 5 })).body['max_completion_tokens'], undefined);
    assert.equal((await chat(keys.limited, { max_tokens: 0 })).body['max_tokens'], 16_384);
    const old = await send(keys.limited, '/v1/chat/completions', { model: 'old', messages: [] });
    assert.equal(old.body['max_tokens'], 16_384);
    const held = (await chat(keys.limited, { max_tokens: 19_000 })).status;
    assert.equal(held, 200, 'what was used before is not held any more');
  });

  it('carries the headers that the policy names, and of no caller who it is', async () => {
    const headers = {
      'x-tenant': 'blue',
      'x-forwarded-user': 'admin',
      'x-other': '1',
      'mcp-session-id': 's',
    };
    const { seen } = await send(keys.one, '/agents/run', {}, headers);
    assert.equal(seen?.headers['x-tenant'], 'blue');
    assert.equal(seen?.headers['mcp-session-id'], 's');
    assert.deepEqual([seen?.headers['x-forwarded-user'], seen?.headers['x-other']], [undefined, undefined]);
  });

  it('a policy cannot have identity headers passed on', async () => {
    for (const name of [
      'x-forwarded-user',
      'x-original-url',
      'x-remote-user',
      'authorization',
      'cookie',
      'x_user',
      'via',
    ]) {
      const file = join(server.folder, 'headers.yaml');
      writeFileSync(file, policyOf(service.url, `, headers: [${name}]`));
      const { code, out, err } = await runSurety(['policy', 'check', file], server.folder);
      assert.notEqual(code, 0, name);
      assert.match(out + err, /headers/);
    }
  });
});
