import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { answerChat, startService, type TestService } from '../support/service.ts';
import { startSurety, type TestServer, waitFor } from '../support/surety.ts';

const kills = 10;
const callers = 8;
/** Answers seen before each kill: enough that many calls are under way in every step. */
const answersBeforeKill = 60;

describe('a server that is killed under load', () => {
  let service: TestService;
  let server: TestServer;
  before(async () => {
    const answer = answerChat();
    service = await startService(async (request, response) => {
      // Some answers take a while, so that a kill finds calls at the service.
      if (service.seen.length % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      return answer(request, response);
    });
    server = await startSurety({
      policy: `
version: 1
gate:
  upstreams: { service: { url: ${service.url}, private: true } }
  routes: [{ match: /v1/**, wire: openai, models: { m: service } }]
identity: { roles: { developer: { may: [call /v1/**] } } }
`,
    });
  });
  after(async () => {
    await server.dispose();
    await service.close();
  });

  it(`${kills} times has every answered call in a ledger that verifies, and an end for every call`, async (t) => {
    const { key } = await server.createKey('developer');
    const answered = new Set<string>();
    let lost = 0;
    for (let kill = 0; kill < kills; kill++) {
      await loadUntilKilled({ server, key, answered, random: Math.random });
      await server.restart();
      const entries = await server.entries();
      const ofKind = (kind: string) => entries.filter((entry) => entry.kind === kind);
      const ids = new Set(ofKind('call.decided').map(({ id }) => id));
      const missing = [...answered].filter((id) => !ids.has(id));
      assert.deepEqual(missing, [], 'an answered call is not in the ledger');

      const finished = ofKind('call.finished');
      const ended = finished.map(({ detail }) => detail?.['decision'] as string);
      assert.equal(new Set(ended).size, ended.length, 'a call has two ends');
      assert.deepEqual(new Set(ended), ids, 'a call has no end');
      lost = finished.filter(({ outcome }) => outcome === 'unknown').length;
    }
    assert.ok(lost > 0, 'no kill found a call under way; the load is too small to show anything');
    const verified = await server.run('ledger', 'verify', '--json');
    assert.equal(verified.code, 0, verified.out);
    t.diagnostic(`${answered.size} answers, ${lost} calls without an end`);
  });
});

/** Callers that call without a pause; the server is killed in the middle of it. Gives the entries that answers named. */
async function loadUntilKilled(options: {
  server: TestServer;
  key: string;
  answered: Set<string>;
  random: () => number;
}): Promise<void> {
  const { server, key, answered, random } = options;
  const target = answered.size + answersBeforeKill + Math.floor(random() * answersBeforeKill);
  const url = `${server.gate}/v1/chat/completions`;
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x' }] });
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const call = async (): Promise<void> => {
    for (;;) {
      const answer = await fetch(url, { method: 'POST', headers, body });
      await answer.text();
      assert.equal(answer.status, 200);
      answered.add(answer.headers.get('surety-entry') ?? '');
    }
  };
  const ended = Promise.allSettled(Array.from({ length: callers }, call));
  await waitFor(async () => (answered.size >= target ? true : undefined));
  await server.stop('SIGKILL');
  for (const caller of await ended) {
    assert.equal(caller.status, 'rejected');
    if (caller.status === 'rejected')
      assert.ok(!(caller.reason instanceof assert.AssertionError), String(caller.reason));
  }
}
