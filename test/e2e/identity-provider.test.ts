import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import OpenAI from 'openai';
import { startIdentityProvider } from '../support/identity-provider.ts';
import { answerChat, startService } from '../support/service.ts';
import { canaryPrompt, startSurety } from '../support/surety.ts';

describe('tokens of a real OpenID provider, through the gate', () => {
  it('reach a service from the real openai client, by discovery alone', async (context) => {
    const provider = await startIdentityProvider();
    context.after(() => provider.stop());
    const service = await startService(answerChat());
    context.after(() => service.close());
    const server = await startSurety({
      policy: `
version: 1
gate:
  upstreams: { service: { url: ${service.url}, private: true } }
  routes: [{ match: /v1/**, wire: openai, models: { m: service } }]
identity:
  tokens: [{ issuer: "${provider.issuer}", private: true, audience: ai, longest: 1h, roles: groups }]
  roles: { ai-developers: { may: [call /v1/**] } }
`,
      secrets: ['client-secret-canary-77aa', 'batch-jobs'],
    });
    context.after(() => server.dispose());
    const apiKey = await provider.issueToken();
    const client = new OpenAI({ baseURL: `${server.gate}/v1`, apiKey, maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: 'm',
      messages: [{ role: 'user', content: canaryPrompt }],
      stream: true,
    });
    let events = 0;
    for await (const _ of stream) events++;
    assert.ok(events > 0);
    const revoked = await server.run(
      'tokens',
      'revoke',
      '--issuer',
      provider.issuer,
      '--subject',
      'batch-jobs',
    );
    assert.equal(revoked.code, 0, revoked.err);
    await assert.rejects(client.models.list(), OpenAI.AuthenticationError);
  });
});
