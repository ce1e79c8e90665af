import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Behaviour, sendJson, startService, type TestService } from '../support/service.ts';
import { startSurety, type TestServer } from '../support/surety.ts';

const email = 'ada.lovelace@example.org';
const card = '4111 1111 1111 1111';

const policyOf = (service: TestService): string => `
version: 1
gate:
  upstreams: { far: { url: "${service.url}/far", private: true, ceiling: public } }
  routes:
    - { match: /v1/**, wire: openai, models: { m: far } }
    - { match: /agents/**, headers: [x-note], to: "${service.url}/agents", private: true, ceiling: public }
identity: { roles: { developer: { may: [call /v1/**, call /agents/**] } } }
`;

const redacting =
  'data: { detect: all, above: redact, unread: public, answers: { ceiling: public, above: redact } }\n';
const refusing = 'data: { detect: all, answers: { ceiling: public, above: refuse } }\n';

const stream =
  (...pieces: readonly string[]): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of pieces) response.write(piece);
    response.end();
  };
const chunk = (content: string): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', choices: [{ index: 0, delta: { content } }] })}\n\n`;
const completion: Behaviour = (_request, response) =>
  sendJson(response, 200, {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'm',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hello' } }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });

interface Running {
  readonly service: TestService;
  readonly server: TestServer;
  readonly key: string;
}

async function start(data: string): Promise<Running> {
  const service = await startService();
  const server = await startSurety({ policy: policyOf(service) + data, secrets: [card, email] });
  const { key } = await server.createKey('developer');
  return { service, server, key };
}

async function stop({ server, service }: Running): Promise<void> {
  await server.dispose();
  await service.close();
}

const post = (
  { server, key }: Running,
  path: string,
  { body, headers = {} }: { body: string | FormData; headers?: Record<string, string> },
): Promise<Response> =>
  fetch(`${server.gate}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      ...(typeof body === 'string' && { 'content-type': 'application/json' }),
      ...headers,
    },
    body,
  });

const chat = (test: Running, more: object = {}): Promise<Response> =>
  post(test, '/v1/chat/completions', {
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello' }], ...more }),
  });

describe('what is personal, where nobody would look for it', () => {
  let test: Running;
  before(async () => {
    test = await start(redacting);
  });
  beforeEach(() => {
    test.service.seen.splice(0);
    test.service.behave(completion);
  });
  after(() => stop(test));

  it('does not reach the service in members the operation does not define, beside pictures and between numbers', async () => {
    for (const more of [
      { messages: [{ role: email, content: 'x' }] },
      { messages: [{ role: 'user', content: [{ type: 'new', text: email }, email] }] },
      { messages: [email, { role: 'tool', tool_call_id: email, content: 'x' }] },
      { messages: [], [email]: null },
      { messages: [], x: { [email]: [{ y: email }] } },
    ]) {
      assert.equal((await chat(test, more)).status, 200);
      assert.ok(!test.service.seen.at(-1)?.body.includes('lovelace'), JSON.stringify(more));
    }
    const prompt = { model: 'm', prompt: [1, email, [2, email]] };
    await post(test, '/v1/completions', { body: JSON.stringify(prompt) });
    assert.equal(test.service.seen.at(-1)?.body, '{"model":"m","prompt":[1,"[EMAIL_1]",[2,"[EMAIL_1]"]]}');
  });

  it('refuses the call where nothing can be replaced: in encoded texts, forms, headers and the query', async () => {
    const url = `data:text/plain;base64,${Buffer.from(email).toString('base64')}`;
    const picture = { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] };
    assert.equal((await chat(test, picture)).status, 403);
    const form = (fields: Readonly<Record<string, string>>): FormData => {
      const made = new FormData();
      for (const [name, value] of Object.entries(fields)) made.set(name, value);
      made.set('file', new Blob(['RIFF\0'], { type: 'audio/wav' }), 'a.wav');
      return made;
    };
    const transcribe = (fields: Readonly<Record<string, string>>): Promise<Response> =>
      post(test, '/v1/audio/transcriptions', { body: form({ model: 'm', ...fields }) });
    assert.equal((await transcribe({ prompt: email })).status, 403);
    assert.equal((await transcribe({ prompt: 'a name' })).status, 200);
    assert.equal((await post(test, '/agents/run', { body: '{}', headers: { 'x-note': email } })).status, 403);
    assert.equal(
      (await post(test, `/agents/run?to=${encodeURIComponent(email)}`, { body: '{}' })).status,
      403,
    );
    assert.equal(
      (await post(test, '/v1/chat/completions', { body: '{}', headers: { 'idempotency-key': email } }))
        .status,
      400,
    );
    assert.ok(
      test.service.seen.every(({ body, headers }) => !JSON.stringify([body, headers]).includes('lovelace')),
    );
  });

  it('lets ordinary headers of browsers, proxies and tracers pass', async () => {
    const headers = {
      'user-agent':
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
      'sec-ch-ua-full-version-list': '"Chromium";v="126.0.6478.127", "Not/A)Brand";v="8.0.0.0"',
      'x-envoy-external-address': '203.0.113.7',
      'x-datadog-trace-id': '4111111111111111',
      'accept-language': 'en-GB,en;q=0.9',
      'if-none-match': 'W/"33a64df551425fcc55e4d42a148795d9f25f89d4"',
    };
    assert.equal((await post(test, '/agents/run', { body: '{"task":"x"}', headers })).status, 200);
  });

  it('does not reach the caller around the data of events, nor in headers of answers', async () => {
    test.service.behave((request, response) => {
      response.setHeader('x-note', email);
      response.setHeader('x-other', 'stays');
      void stream(
        `\uFEFF${chunk(`I am ${email}, `)}`,
        `: ${email}\n\n`,
        `id: ${email}\nevent: ${email}\n${chunk('hello')}`,
        'data: [DONE]\n\n',
      )(request, response);
    });
    const said = await (await chat(test, { stream: true })).text();
    assert.ok(!said.includes('lovelace'), said);
    assert.match(said, /\[EMAIL_1\]/);
    test.service.behave((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-note': email, 'x-other': 'stays' });
      response.end('{}');
    });
    const answer = await post(test, '/agents/run', { body: '{}' });
    assert.deepEqual([answer.headers.get('x-note'), answer.headers.get('x-other')], [null, 'stays']);
  });

  it('ends a stream at an event that two readers could read differently', async () => {
    test.service.behave(stream(chunk('The first. And '), `data: {"a":"${email}","a":1}\n\n`, chunk('two')));
    const said = await (await chat(test, { stream: true })).text();
    assert.ok(!said.includes('lovelace') && !said.includes('two'));
    assert.match(said, /The first/);
    assert.match(said, /data\.answer/);
  });

  it('does not reach the caller in a large event or answer, inspected in turns with other calls', async () => {
    const long = `${'word '.repeat(60_000)}${email}`;
    test.service.behave(stream(chunk(long), chunk(' and more. '), chunk('end'), 'data: [DONE]\n\n'));
    const said = await (await chat(test, { stream: true })).text();
    assert.ok(!said.includes('lovelace'));
    assert.ok(said.indexOf('[EMAIL_1]') < said.indexOf('more. '), said.slice(-900));
    assert.ok(said.endsWith('data: [DONE]\n\n'));
    test.service.behave((_request, response) =>
      sendJson(response, 200, { choices: [{ index: 0, message: { role: 'assistant', content: long } }] }),
    );
    const whole = await (await chat(test)).text();
    assert.ok(whole.includes('[EMAIL_1]') && !whole.includes('lovelace'));
  });
});

describe('an answer above the ceiling, where policy says refuse', () => {
  let test: Running;
  before(async () => {
    test = await start(refusing);
  });
  after(() => stop(test));

  it('is held back until it is whole: nothing of a stream reaches the caller', async () => {
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    test.service.behave(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('The first half. '));
      response.write(chunk(`Write to ${email} now. `));
      await mayEnd;
      response.end('data: [DONE]\n\n');
    });
    const pending = chat(test, { stream: true });
    end();
    const response = await pending;
    assert.equal(response.status, 502);
    const said = await response.text();
    assert.match(said, /data\.answer/);
    assert.ok(!said.includes('first half'));
  });

  it('and one that is not above it arrives whole, in its events', async () => {
    const events = [chunk('The first half. '), chunk('The second. ')];
    test.service.behave(stream(...events, 'data: [DONE]\n\n'));
    const response = await chat(test, { stream: true });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /event-stream/);
    const text = await response.text();
    const said = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece).join('');
    assert.equal(said, 'The first half. The second. ');
    assert.ok(text.endsWith('data: [DONE]\n\n'));
  });

  it('is refused in plain text too', async () => {
    test.service.behave((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('The first half. ');
      response.end(`Write to ${email}.`);
    });
    const response = await post(test, '/agents/run', { body: '{}' });
    assert.equal(response.status, 502);
    assert.ok(!(await response.text()).includes('first half'));
  });
});
