import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import OpenAI from 'openai';
import { post, type RawAnswer, sendRaw } from '../support/raw.ts';
import { answerChat, startService } from '../support/service.ts';
import { canaryPrompt, startSurety } from '../support/surety.ts';

const body = `{"model":"m","messages":[{"role":"user","content":"${canaryPrompt}"}]}`;

describe('guessing', () => {
  it('is slowed down in the form of the wire with Retry-After, is recorded, and stops no caller who lately worked', async (context) => {
    const service = await startService(answerChat());
    context.after(() => service.close());
    const server = await startSurety({
      policy: `
version: 1
gate:
  upstreams: { service: { url: ${service.url}, private: true } }
  routes: [{ match: /v1/**, wire: openai, models: { m: service } }]
identity:
  failures: { address: 20/h }
  roles: { developer: { may: [call /v1/**] } }
`,
    });
    context.after(() => server.dispose());
    const { key } = await server.createKey('developer');
    const ask = (credential: string): Promise<RawAnswer> =>
      sendRaw(server.gate, post({ body, headers: [`authorization: Bearer ${credential}`] }));
    assert.equal((await ask(key)).status, 200);
    const answers: RawAnswer[] = [];
    for (let guess = 0; guess < 200; guess++) {
      answers.push(await ask(`sty_guess${guess}`));
      if (guess % 20 === 0) assert.equal((await ask(key)).status, 200, 'a good caller was stopped');
    }
    assert.deepEqual(
      answers.map(({ status }) => status),
      answers.map((_, index) => (index < 20 ? 401 : 429)),
    );
    const slowed = answers.at(-1);
    assert.match(slowed?.body ?? '', /"code":"credential\.attempts"/);
    const wait = Number(slowed?.headers.get('retry-after'));
    assert.ok(wait > 0 && wait <= 180, `${wait}`);
    const client = new OpenAI({ baseURL: `${server.gate}/v1`, apiKey: 'sty_guess', maxRetries: 0 });
    await assert.rejects(client.models.list(), OpenAI.RateLimitError);
    await server.waitForEntries(['--reason', 'credential.attempts'], (found) => found.length > 0);
  });
});
