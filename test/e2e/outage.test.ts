import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sendJson, startService } from '../support/service.ts';
import { startSurety } from '../support/surety.ts';

describe('an outage', () => {
  it('is not multiplied: retries are a share of calls', async () => {
    const service = await startService((_request, response) => sendJson(response, 500, {}));
    const server = await startSurety({
      policy: `
version: 1
gate:
  retries: { tries: 3, budget: 0 }
  upstreams: { service: { url: ${service.url}, private: true, breaker: { failures: 1000 } } }
  routes: [{ match: /v1/**, wire: openai, models: { m: service } }]
identity: { roles: { developer: { may: [call /v1/**] } } }
`,
    });
    try {
      const { key } = await server.createKey('developer');
      const body = JSON.stringify({ model: 'm', messages: [] });
      const calls = 30;
      for (let call = 0; call < calls; call++) {
        const answer = await fetch(`${server.gate}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'x-api-key': key, 'content-type': 'application/json' },
          body,
        });
        assert.equal(answer.status, 500);
        await answer.body?.cancel();
      }
      assert.equal(service.seen.length, calls + 10, 'the few retries there are from the start, and no more');
    } finally {
      await server.dispose();
      await service.close();
    }
  });
});
