import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startService, sendJson, type TestService } from '../support/service.ts';
import { canaryPrompt, startSurety, type TestServer } from '../support/surety.ts';

const email = 'jana.novak@clinic-example.com';
const card = '4111 1111 1111 1111';

const policyOf = ({ url }: TestService) => `
version: 1
data: { detect: { all: default }, ceiling: internal, subjects: { routes: { named: { required: true } } } }
gate:
  upstreams:
    outside: { url: "${url}/outside/v1", private: true }
    outside-messages: { url: "${url}/outside/v1", private: true }
    inside: { url: "${url}/inside/v1", private: true, ceiling: restricted }
  routes:
    - { match: /refuse/**, wire: openai, models: { m: outside, safe: inside, mixed: [inside, outside] } }
    - { match: /redact/**, wire: openai, above: redact, models: { m: outside, safe: inside } }
    - { match: /claude/**, wire: anthropic, above: redact, models: { m: outside-messages } }
    - { match: /reroute/**, wire: openai, above: reroute, models: { m: [outside, inside], alone: outside } }
    - { match: /narrow/**, wire: openai, ceiling: internal, models: { safe: inside } }
    - { match: /named/**, name: named, wire: openai, models: { m: outside } }
    - { match: /observe/**, wire: openai, observe: true, models: { m: outside } }
identity:
  roles:
    developer: { may: [call /**] }
`;

describe('data classes', () => {
  let service: TestService;
  let server: TestServer;
  let key: string;
  before(async () => {
    service = await startService((request, response) => sendJson(response, 200, { said: request.body }));
    server = await startSurety({ policy: policyOf(service), secrets: [email, card] });
    ({ key } = await server.createKey('developer'));
  });
  after(async () => {
    await server.dispose();
    await service.close();
  });
  beforeEach(() => {
    service.seen.length = 0;
  });
  const send = (path: string, body: object) =>
    fetch(`${server.gate}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const chat = (route: string, content: unknown = `${canaryPrompt} ${email}`, model = 'm') =>
    send(`/${route}/v1/chat/completions`, { model, messages: [{ role: 'user', content }] });
  const decisionOf = async (response: Response, kind = 'call.decided') => {
    const id = response.headers.get('surety-entry');
    const found = await server.waitForEntries(['--kind', kind], (all) => all.some((one) => one.id === id));
    return found.find((one) => one.id === id)?.detail;
  };

  it('a call above the ceiling is refused, and the refusal names the class and nothing of the text', async () => {
    const response = await chat('refuse');
    const text = await response.text();
    assert.equal(response.status, 403, text);
    assert.match(text, /data\.class/);
    assert.match(text, /confidential/);
    assert.ok(!text.includes(email));
    assert.equal(service.seen.length, 0);
    const detail = await decisionOf(response, 'call.denied');
    assert.equal(detail?.['dataClass'], 'confidential');
    assert.equal(detail?.['dataAction'], 'refused');
    assert.deepEqual(detail?.['dataDetectors'], { email: 1 });
  });

  it('a service with a higher ceiling gets the call byte for byte, and one it may not fall back to is left out', async () => {
    for (const model of ['safe', 'mixed']) {
      service.seen.length = 0;
      const response = await chat('refuse', `${canaryPrompt} ${email}`, model);
      assert.equal(response.status, 200);
      assert.ok(service.seen[0]?.path.startsWith('/inside/'));
      assert.ok(service.seen[0]?.body.includes(email));
    }
    service.behave((_request, response) => sendJson(response, 500, {}));
    await chat('refuse', `${canaryPrompt} ${email}`, 'mixed');
    assert.ok(service.seen.every(({ path }) => path.startsWith('/inside/')));
    service.behave((request, response) => sendJson(response, 200, { said: request.body }));
  });

  it('the lower of the ceilings of route and upstream holds', async () => {
    assert.equal((await chat('narrow', `${canaryPrompt} ${email}`, 'safe')).status, 403);
  });

  it('what is redacted does not reach the service, in any operation and place', async () => {
    const text = `${canaryPrompt} ${email} ${card}`;
    const call = {
      id: 'c',
      type: 'function',
      function: { name: 'f', arguments: JSON.stringify({ to: email, card }) },
    };
    const bodies: readonly (readonly [string, object])[] = [
      ['/redact/v1/chat/completions', { messages: [{ role: 'user', content: text }] }],
      ['/redact/v1/chat/completions', { stream: true, messages: [{ role: 'user', content: text }] }],
      [
        '/redact/v1/chat/completions',
        {
          messages: [
            {
              role: 'user',
              content: [
                { type: 'text', text: email.slice(0, 9) },
                { type: 'text', text: email.slice(9) },
              ],
            },
          ],
        },
      ],
      [
        '/redact/v1/chat/completions',
        {
          messages: [
            { role: 'assistant', tool_calls: [call] },
            { role: 'tool', tool_call_id: 'c', content: text },
          ],
          user: email,
        },
      ],
      ['/redact/v1/responses', { input: text, instructions: email }],
      ['/redact/v1/embeddings', { input: [text, email] }],
      ['/redact/v1/completions', { prompt: text }],
      [
        '/claude/v1/messages',
        { max_tokens: 5, system: email, messages: [{ role: 'user', content: [{ type: 'text', text }] }] },
      ],
    ];
    for (const [path, body] of bodies) {
      service.seen.length = 0;
      const response = await send(path, { model: 'm', ...body });
      assert.equal(response.status, 200, `${path} ${await response.text()}`);
      const seen = service.seen[0]?.body ?? '';
      assert.match(seen, /\[EMAIL_1\]/, path);
      for (const value of [email, email.slice(0, 9), card])
        assert.ok(!seen.includes(value), `${path} ${seen}`);
      assert.equal((await decisionOf(response))?.['dataAction'], 'redacted');
    }
  });

  it('a picture cannot be redacted, and is refused where it may not go', async () => {
    const picture = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }];
    const response = await chat('redact', picture);
    assert.equal(response.status, 403);
    assert.deepEqual((await decisionOf(response, 'call.denied'))?.['dataUnread'], ['picture']);
    assert.equal((await chat('redact', picture, 'safe')).status, 200);
  });

  it('a form counts as what cannot be read', async () => {
    const form = new FormData();
    form.set('model', 'm');
    form.set('file', new Blob(['sound']), 'a.wav');
    const response = await fetch(`${server.gate}/redact/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: form,
    });
    assert.equal(response.status, 403, await response.text());
    assert.equal(service.seen.length, 0);
  });

  it('a call is rerouted to a service that may see it, and refused where there is none', async () => {
    const response = await chat('reroute');
    assert.equal(response.status, 200);
    assert.ok(service.seen[0]?.path.startsWith('/inside/'));
    assert.equal((await decisionOf(response))?.['dataAction'], 'rerouted');
    assert.equal((await chat('reroute', `${canaryPrompt} ${email}`, 'alone')).status, 403);
    await chat('reroute', canaryPrompt);
    assert.ok(service.seen.at(-1)?.path.startsWith('/outside/'));
  });

  it('whose data a call is about stands in its decision and outcome as an id, and a bad name is refused', async () => {
    const name = 'patient-4711-novak';
    const sent = { model: 'safe', messages: [], safety_identifier: name };
    const response = await send('/redact/v1/chat/completions', sent);
    assert.equal(response.status, 200);
    const subject = (await decisionOf(response))?.['subject'];
    assert.ok(typeof subject === 'string' && subject.startsWith('subj_'));
    const ended = await server.waitForEntries(['--kind', 'call.finished'], (all) =>
      all.some(({ detail }) => detail?.['subject'] === subject),
    );
    assert.ok(ended.every((entry) => !JSON.stringify(entry).includes(name)));
    const bad = await send('/redact/v1/chat/completions', { ...sent, safety_identifier: 7 });
    assert.equal(bad.status, 400, await bad.text());
    const none = await chat('named', canaryPrompt);
    assert.equal(none.status, 400);
    assert.match(await none.text(), /subject\.missing/);
  });

  it('an observed route changes nothing and records what would have been done', async () => {
    const response = await chat('observe');
    assert.equal(response.status, 200);
    assert.ok(service.seen[0]?.body.includes(email));
    const detail = await decisionOf(response);
    assert.deepEqual(detail?.['wouldDeny'], ['data.class']);
    assert.equal(detail?.['dataWould'], 'refused');
    assert.equal(detail?.['dataAction'], 'none');
  });
});
