import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Behaviour, startService, type TestService } from '../support/service.ts';
import { startSurety, type TestServer } from '../support/surety.ts';

const card = '4111 1111 1111 1111';
const email = 'ada.lovelace@example.org';

/** Says back what it got, in pieces of five characters, in the kind of answer the path asks for. */
const echo: Behaviour = ({ path, body }, response) => {
  const pieces = body.match(/[\s\S]{1,5}/gu) ?? [];
  if (path.includes('/events')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const text of pieces) response.write(`data: ${JSON.stringify({ delta: { text } })}\n\n`);
    response.end('data: [DONE]\n\n');
  } else if (path.includes('/text')) {
    response.writeHead(200, { 'content-type': 'text/markdown; charset=utf-8' });
    for (const text of pieces) response.write(text);
    response.end();
  } else if (path.includes('/bytes')) {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.end(body);
  } else {
    response.writeHead(200, { 'content-type': 'application/vnd.agent+json' });
    response.end(JSON.stringify([body]));
  }
};

const policyOf = (service: TestService): string => `
version: 1
gate:
  routes:
    - name: agents
      match: /agents/**
      to: ${service.url}/agents
      private: true
      ceiling: public
      fields: { text: ["parts[].text"], skip: [vector], stream: [delta.text] }
    - { name: plain, match: /plain/**, to: "${service.url}/plain", private: true, ceiling: public }
identity: { roles: { agent: { may: [call /agents/**, call /plain/**] } } }
data: { detect: all, above: pseudonymise, answers: { ceiling: public } }
`;

describe('calls of agents, of whose bodies the gate knows only what the policy says', () => {
  let service: TestService;
  let server: TestServer;
  let key: string;
  before(async () => {
    service = await startService(echo);
    server = await startSurety({ policy: policyOf(service), secrets: [card, email] });
    ({ key } = await server.createKey('agent'));
  });
  beforeEach(() => void service.seen.splice(0));
  after(async () => {
    await server.dispose();
    await service.close();
  });

  const call = (path: string, body: string, type = 'application/json') =>
    fetch(`${server.gate}${path}`, {
      method: 'POST',
      headers: { 'x-api-key': key, ...(type !== '' && { 'content-type': type }) },
      body: Buffer.from(body),
    });

  it('in JSON of any form give the service placeholders, and the caller its own values back', async () => {
    for (const body of [{ task: email }, [{ [email]: 1 }, email]]) {
      const answer = await call('/agents/run', JSON.stringify(body));
      assert.equal(answer.status, 200);
      const [said] = (await answer.json()) as [string];
      assert.deepEqual(JSON.parse(said), body);
    }
    // What was split over two parts comes back in the first.
    const parts = [{ text: 'to ada.lovel' }, { text: 'ace@example.org' }];
    const answer = await call('/agents/run', JSON.stringify({ parts }));
    const [said] = (await answer.json()) as [string];
    assert.deepEqual(JSON.parse(said), { parts: [{ text: `to ${email}` }, { text: '' }] });
    assert.equal(service.seen.length, 3);
    for (const { body } of service.seen) assert.doesNotMatch(body, /lovel|example/);
  });

  it('leave fields alone that the policy says to skip', async () => {
    const body = JSON.stringify({ vector: [4_111_111_111_111_111] });
    assert.equal((await call('/agents/run', body)).status, 200);
    assert.equal(service.seen[0]?.body, body);
  });

  it('in plain text are read too, and answers of it are filtered as they come', async () => {
    const text = `Write to ${email}.\n`;
    const answer = await call('/agents/text', text, 'text/plain');
    assert.equal(await answer.text(), text);
    assert.equal(service.seen[0]?.body, 'Write to [EMAIL_1].\n');
  });

  it('that are JSON under another name are read as JSON', async () => {
    await call('/plain/run', JSON.stringify({ a: email }).replace('@', '\\u0040'), 'text/plain');
    assert.equal(service.seen[0]?.body, '{"a":"[EMAIL_1]"}');
  });

  it('are refused where they cannot be read: other types, none, broken JSON, another charset', async () => {
    for (const [body, type] of [
      [email, 'application/x-www-form-urlencoded'],
      [email, ''],
      [`{"a":"${email}"`, 'application/json'],
      [`{"a":1,"a":"${email}"}`, 'application/json'],
      [email, 'text/plain; charset=utf-16'],
      [`{"a":1,"a":"${email.replace('@', '\\u0040')}"}`, 'text/plain'],
      [`\uFEFF${' '.repeat(500)}{"a":"${email.replace('@', '\\u0040')}"}`, 'text/plain'],
    ] as const) {
      const answer = await call('/agents/run', body, type);
      assert.equal(answer.status, 403, `${type} ${body}`);
      assert.equal(((await answer.json()) as { code: string }).code, 'data.class');
    }
    assert.deepEqual(service.seen, []);
  });

  it('are refused where a path or a query says what the service may not see, however it is written', async () => {
    for (const path of [
      `/agents/run?q=${email}`,
      `/agents/run?q=${encodeURIComponent(email)}`,
      `/agents/run?card=4111+1111+1111+1111`,
      `/agents/run?q=${encodeURIComponent(email)}&more=%ff%fe`,
      `/agents/run?bad=%ff&card=4111%201111%201111%201111`,
      `/agents/user/${encodeURIComponent(email)}`,
    ])
      assert.equal((await call(path, '{}')).status, 403, path);
    assert.deepEqual(service.seen, []);
    assert.equal((await call('/agents/run?page=2', '{}')).status, 200);
  });

  it('in events are filtered over all pieces where the policy says where they stand, and else not passed on', async () => {
    const body = JSON.stringify({ note: `to ${email}` });
    const answer = await call('/agents/events', body);
    const said = (await answer.text())
      .split('\n\n')
      .filter((event) => event.startsWith('data: {'))
      .map((event) => (JSON.parse(event.slice(6)) as { delta: { text: string } }).delta.text);
    assert.equal(said.join(''), body);
    assert.equal((await call('/plain/events', '{}')).status, 502);
    assert.equal((await call('/plain/bytes', '{}')).status, 502);
  });

  it('that a service invents are taken out of what the caller gets', async () => {
    const { gate } = server;
    service.behave((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('4111 1111 ');
      response.end('1111 1111 is a card');
    });
    const answer = await fetch(`${gate}/agents/x`, { headers: { 'x-api-key': key } });
    assert.equal(await answer.text(), '[CARD_1] is a card');
    service.behave(echo);
    const entries = await server.waitForEntries(['--route', 'agents'], (all) => all.length > 10);
    assert.ok(entries.some((entry) => JSON.stringify(entry).includes('"card":1')));
  });
});
