import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startService, type TestService } from '../support/service.ts';
import { type IssuedKey, startSurety, type TestServer } from '../support/surety.ts';

describe('a budget', () => {
  let service: TestService;
  let server: TestServer;
  before(async () => {
    service = await startService();
    server = await startSurety({
      policy: `version: 1
gate:
  upstreams: { service: { url: ${service.url}, private: true } }
  routes: [{ match: /v1/**, wire: openai, models: { m: service } }]
identity: { roles: { developer: { may: [call /v1/**], limits: { requests: 4/day } } } }
`,
    });
  });
  after(async () => {
    await server.dispose();
    await service.close();
  });
  const call = async (key: string): Promise<number> => {
    const answer = await fetch(`${server.gate}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: '{"model":"m","messages":[]}',
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  const rotate = async (id: string): Promise<IssuedKey> => {
    const rotated = await server.run('keys', 'rotate', id, '--overlap', '1h', '--json');
    assert.equal(rotated.code, 0, rotated.err);
    return JSON.parse(rotated.out) as IssuedKey;
  };

  it('a rotated key has the budget of the key it replaced, also after a restart', async () => {
    const first = await server.createKey('developer');
    for (let count = 0; count < 2; count++) assert.equal(await call(first.key), 200);
    const second = await rotate(first.id);
    assert.equal(await call(second.key), 200);
    await server.waitForEntries(['--kind', 'call.finished'], (found) => found.length === 3);
    await server.stop();
    await server.restart();
    const third = await rotate(second.id);
    assert.equal(await call(third.key), 200);
    for (const { key } of [first, second, third]) assert.equal(await call(key), 429);
    assert.equal(await call((await server.createKey('developer')).key), 200, 'another key has its own');
  });
});
