import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI, { APIError } from 'openai';
import {
  bodyReadingOf,
  catalogue,
  createClassifier,
  dataSchema,
  inspectBody,
} from '../../src/enforce/privacy/index.ts';
import { type Behaviour, sendJson, startService, type TestService } from '../support/service.ts';
import { startSurety, type TestServer, waitFor } from '../support/surety.ts';

const card = '4111 1111 1111 1111';
const email = 'ada.lovelace@example.org';
/** Texts that every detector finds something in. */
const examples = catalogue.flatMap((detector) => detector.examples);

interface Sent {
  readonly model?: string;
  readonly stream?: boolean | undefined;
}

/** Says back all it got, as the words of the model: what a service does that keeps nothing to itself. */
const echoAll: Behaviour = ({ path, body }, response) => {
  const { stream, model = 'm' } = JSON.parse(body) as Sent;
  if (path.endsWith('/messages')) return echoMessages(body, { stream, model }, response);
  if (path.endsWith('/embeddings'))
    return sendJson(response, 200, {
      object: 'list',
      data: [],
      usage: { prompt_tokens: 1, total_tokens: 1 },
    });
  if (!path.endsWith('/chat/completions')) return sendJson(response, 200, { said: body });
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const common = { id: 'c', created: 1, model };
  if (!stream) {
    const message = { role: 'assistant', content: body };
    return sendJson(response, 200, {
      ...common,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage,
    });
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  // Cut where no value ends: every value comes in several events.
  for (const piece of body.match(/[\s\S]{1,5}/gu) ?? []) {
    const choices = [{ index: 0, delta: { content: piece }, finish_reason: null }];
    response.write(`data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices })}\n\n`);
  }
  const last = [{ index: 0, delta: {}, finish_reason: 'stop' }];
  response.write(
    `data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices: last })}\n\n`,
  );
  response.end('data: [DONE]\n\n');
  return undefined;
};

function echoMessages(body: string, { stream, model = 'm' }: Sent, response: Parameters<Behaviour>[1]): void {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = {
    id: 'm',
    type: 'message',
    role: 'assistant',
    model,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  };
  if (!stream) return sendJson(response, 200, { ...message, content: [{ type: 'text', text: body }] });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (data: { type: string }): void => {
    response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  send({ type: 'message_start', message: { ...message, content: [] } } as never);
  send({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as never);
  for (const piece of body.match(/[\s\S]{1,5}/gu) ?? [])
    send({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } } as never);
  send({ type: 'content_block_stop', index: 0 } as never);
  send({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage } as never);
  send({ type: 'message_stop' });
  response.end();
  return undefined;
}

const policyOf = (service: TestService, data: string): string => `
version: 1
gate:
  upstreams:
    near: { url: ${service.url}/near, private: true, ceiling: restricted }
    far: { url: ${service.url}/far, private: true, ceiling: public }
    anthropic: { url: ${service.url}/anthropic, private: true, ceiling: public }
  routes:
    - { match: /v1/**, wire: openai, models: { far: far, either: [far, near], near: near } }
    - { match: /anthropic/**, wire: anthropic, models: { claude: anthropic } }
    - { match: /agents/**, to: ${service.url}/agents, private: true, ceiling: public }
    - { match: /watched/**, wire: openai, observe: true, models: { far: far } }
identity:
  roles:
    developer: { may: [call /v1/**, call /anthropic/**, call /agents/**, call /watched/**] }
data:
  detect: all
${data}
`;

interface Running {
  readonly service: TestService;
  readonly server: TestServer;
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
  readonly key: string;
}

async function start(data: string, change = (policy: string): string => policy): Promise<Running> {
  const service = await startService(echoAll);
  const server = await startSurety({ policy: change(policyOf(service, data)), secrets: [card, email] });
  const { key } = await server.createKey('developer');
  return {
    service,
    server,
    key,
    openai: new OpenAI({ baseURL: `${server.gate}/v1`, apiKey: key, maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: `${server.gate}/anthropic`, apiKey: key, maxRetries: 0 }),
  };
}

async function stop({ server, service }: Running): Promise<void> {
  await server.dispose();
  await service.close();
}

const everything = createClassifier(dataSchema.parse({ detect: 'all' }));

/** Detectors that find something in what a service got. */
function foundIn(body: string, operation: string): string[] {
  const found = inspectBody(everything, {
    reading: bodyReadingOf(operation),
    direction: 'request',
    document: JSON.parse(body),
    text: body,
  });
  assert.ok(found.ok);
  return found.findings.map(({ detector }) => detector);
}

describe('data above what a service may see', () => {
  describe('is taken out (redact)', () => {
    let test: Running;
    before(async () => {
      test = await start('  above: redact\n  answers: { ceiling: public, above: redact }');
    });
    beforeEach(() => void test.service.seen.splice(0));
    after(() => stop(test));

    it('of every text of a chat, of every kind of value, before the service gets it', async () => {
      for (const text of examples) {
        await test.openai.chat.completions.create({
          model: 'far',
          messages: [
            { role: 'system', content: text },
            { role: 'user', content: [{ type: 'text', text }] },
            {
              role: 'assistant',
              tool_calls: [
                {
                  id: 't',
                  type: 'function',
                  function: { name: 'f', arguments: JSON.stringify({ value: text }) },
                },
              ],
            },
            { role: 'tool', tool_call_id: 't', content: text },
          ],
        });
      }
      assert.equal(test.service.seen.length, examples.length);
      for (const { body } of test.service.seen) assert.deepEqual(foundIn(body, 'chat.completions'), [], body);
    });

    it('of messages, embeddings and what agents get', async () => {
      for (const text of examples.filter((_, index) => index % 5 === 0)) {
        await test.anthropic.messages.create({
          model: 'claude',
          max_tokens: 9,
          system: text,
          messages: [{ role: 'user', content: text }],
        });
        await test.openai.embeddings.create({ model: 'far', input: [text], encoding_format: 'float' });
        await fetch(`${test.server.gate}/agents/run`, {
          method: 'POST',
          headers: { 'x-api-key': test.key, 'content-type': 'application/json' },
          body: JSON.stringify({ task: text }),
        });
      }
      const operations: Readonly<Record<string, string>> = {
        messages: 'messages',
        embeddings: 'embeddings',
        run: 'agents',
      };
      for (const { path, body } of test.service.seen) {
        const operation = operations[path.split('/').at(-1)?.split('?')[0] ?? ''] ?? '';
        assert.deepEqual(foundIn(body, operation), [], body);
      }
    });

    it('with the same placeholder for the same value, and everything else as it was', async () => {
      await test.openai.chat.completions.create({
        model: 'far',
        temperature: 0.5,
        messages: [{ role: 'user', content: `${email} and ${email}` }],
      });
      const sent = JSON.parse(test.service.seen[0]?.body ?? '') as {
        temperature: number;
        messages: { content: string }[];
      };
      assert.equal(sent.messages[0]?.content, '[EMAIL_1] and [EMAIL_1]');
      assert.equal(sent.temperature, 0.5);
    });

    it('and left to a service that may see it', async () => {
      await test.openai.chat.completions.create({
        model: 'near',
        messages: [{ role: 'user', content: email }],
      });
      assert.ok(test.service.seen[0]?.body.includes(email));
    });

    it('of answers, whole and streamed, however they are cut', async () => {
      const messages = [{ role: 'user' as const, content: `pay ${card}, tell ${email}` }];
      const whole = await test.openai.chat.completions.create({ model: 'near', messages });
      const said = whole.choices[0]?.message.content ?? '';
      assert.ok(!said.includes(card) && !said.includes(email) && said.includes('[CARD_1]'), said);
      let streamed = '';
      for await (const chunk of await test.openai.chat.completions.create({
        model: 'near',
        messages,
        stream: true,
      }))
        streamed += chunk.choices[0]?.delta.content ?? '';
      assert.ok(
        !streamed.includes(card) && !streamed.includes(email) && streamed.includes('[CARD_1]'),
        streamed,
      );
    });

    it('and the outcome says what was found in the answer, never what it was', async () => {
      await test.openai.chat.completions.create({
        model: 'near',
        messages: [{ role: 'user', content: card }],
      });
      const entries = await test.server.waitForEntries(
        ['--kind', 'call.finished', '--model', 'near'],
        (found) => found.length > 0,
      );
      const { answerClass, answerDetectors, answerCharacters } = entries.at(-1)?.detail ?? {};
      assert.deepEqual([answerClass, answerDetectors], ['restricted', { card: 1 }]);
      assert.ok(Number(answerCharacters) > 0);
    });

    it('and an answer that cannot be looked into does not pass', async () => {
      test.service.behave(
        (_request, response) =>
          void response.writeHead(200, { 'content-type': 'application/json' }).end('not JSON'),
      );
      try {
        await assert.rejects(
          test.openai.chat.completions.create({
            model: 'near',
            messages: [{ role: 'user', content: 'hello' }],
          }),
          (error) => error instanceof APIError && error.status === 502 && error.code === 'data.answer',
        );
      } finally {
        test.service.behave(echoAll);
      }
    });

    it('and entries say what was found and done, never what it was', async () => {
      await test.openai.chat.completions.create({
        model: 'far',
        messages: [{ role: 'user', content: `${card} ${email}` }],
      });
      const entries = await test.server.waitForEntries(
        ['--kind', 'call.decided'],
        (found) => found.length > 0,
      );
      const data = entries.at(-1)?.detail as {
        dataClass: string;
        dataAction: string;
        dataDetectors: object;
        dataCharacters: number;
      };
      assert.deepEqual([data.dataClass, data.dataAction], ['restricted', 'redacted']);
      assert.deepEqual(data.dataDetectors, { card: 1, email: 1 });
      assert.ok(data.dataCharacters > 0);
    });
  });

  describe('stands as something else for the service alone (pseudonymise)', () => {
    let test: Running;
    before(async () => {
      test = await start('  above: pseudonymise');
    });
    beforeEach(() => void test.service.seen.splice(0));
    after(() => stop(test));

    it('through the OpenAI client, whole and streamed', async () => {
      const messages = [{ role: 'user' as const, content: `pay ${card}, tell ${email}` }];
      const whole = await test.openai.chat.completions.create({ model: 'far', messages });
      let streamed = '';
      for await (const chunk of await test.openai.chat.completions.create({
        model: 'far',
        messages,
        stream: true,
      }))
        streamed += chunk.choices[0]?.delta.content ?? '';
      for (const said of [whole.choices[0]?.message.content ?? '', streamed])
        assert.ok(said.includes(card) && said.includes(email), said);
      for (const { body } of test.service.seen)
        assert.ok(!body.includes(card) && !body.includes(email), body);
    });

    it('through the Anthropic client, whole and streamed', async () => {
      const call = {
        model: 'claude',
        max_tokens: 9,
        messages: [{ role: 'user' as const, content: `tell ${email}` }],
      };
      const whole = await test.anthropic.messages.create(call);
      const streamed = await test.anthropic.messages.stream(call).finalMessage();
      for (const { content } of [whole, streamed]) {
        const [block] = content;
        assert.ok(block?.type === 'text' && block.text.includes(email));
      }
      for (const { body } of test.service.seen) assert.ok(!body.includes(email), body);
    });

    it('and a placeholder the caller wrote itself stands for nothing', async () => {
      const messages = [{ role: 'user' as const, content: `is [EMAIL_1] ${email}?` }];
      const { choices } = await test.openai.chat.completions.create({ model: 'far', messages });
      assert.ok(choices[0]?.message.content?.includes(`is [EMAIL_1] ${email}?`));
    });
  });

  describe('is refused or sent elsewhere', () => {
    it('refuse: with the class, recorded, and nothing sent', async () => {
      const test = await start('  above: refuse');
      try {
        for (const model of ['far', 'either'])
          await assert.rejects(
            test.openai.chat.completions.create({ model, messages: [{ role: 'user', content: card }] }),
            (error) =>
              error instanceof APIError &&
              error.status === 403 &&
              error.code === 'data.class' &&
              !error.message.includes('4111'),
          );
        assert.equal(test.service.seen.length, 0);
        const picture = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AAAA' } };
        await assert.rejects(
          test.openai.chat.completions.create({
            model: 'far',
            messages: [{ role: 'user', content: [picture] }],
          }),
          (error) => error instanceof APIError && error.status === 403 && error.code === 'data.class',
        );
        await test.openai.chat.completions.create({
          model: 'far',
          messages: [{ role: 'user', content: 'nothing' }],
        });
        const answer = await fetch(`${test.server.gate}/watched/v1/chat/completions`, {
          method: 'POST',
          headers: { 'x-api-key': test.key, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'far', messages: [{ role: 'user', content: card }] }),
        });
        assert.equal(answer.status, 200, 'an observed route records and lets through');
        const denied = await test.server.waitForEntries(
          ['--reason', 'data.class'],
          (found) => found.length >= 2,
        );
        assert.ok(denied.every(({ kind }) => kind === 'call.denied'));
      } finally {
        await stop(test);
      }
    });

    it('reroute: only to a service that may see it', async () => {
      const test = await start('  above: reroute');
      try {
        await test.openai.chat.completions.create({
          model: 'either',
          messages: [{ role: 'user', content: card }],
        });
        await test.openai.chat.completions.create({
          model: 'either',
          messages: [{ role: 'user', content: 'hello' }],
        });
        assert.deepEqual(
          test.service.seen.map(({ path }) => path.split('/')[1]),
          ['near', 'far'],
        );
        await assert.rejects(
          test.openai.chat.completions.create({ model: 'far', messages: [{ role: 'user', content: card }] }),
          (error) => error instanceof APIError && error.code === 'data.class',
        );
      } finally {
        await stop(test);
      }
    });
  });
});

describe('whose data a call is about', () => {
  let test: Running;
  before(async () => {
    const own = `  subjects: { from: [header, field], routes: { watched: { required: true } } }
  capture: { routes: { "/v1/**": { of: [prompts, answers] } } }`;
    test = await start(`  above: redact\n${own}`, (policy) =>
      policy.replace('match: /watched/**', 'name: watched, match: /watched/**'),
    );
  });
  after(() => stop(test));

  it('stands in the entries of the call as an id that is no name, and its texts are kept, read with a reason', async () => {
    for (const stream of [false, true]) {
      const answer = await test.openai.chat.completions.create({
        model: 'far',
        user: 'user-4711',
        stream,
        messages: [{ role: 'user', content: `hello ${email}` }],
      });
      if ('controller' in answer) for await (const _ of answer);
    }
    const entries = await test.server.waitForEntries(
      ['--kind', 'call.finished'],
      (found) => found.length >= 2,
    );
    const subjects = new Set(entries.map(({ detail }) => detail?.['subject']));
    assert.equal(subjects.size, 1);
    const [subject] = subjects;
    assert.ok(typeof subject === 'string' && /^subj_[\w-]{22}$/.test(subject));
    assert.ok(!JSON.stringify(entries).includes('user-4711'));
    const { records } = await waitFor(async () => {
      const listed = await test.server.run('captured', 'list', '--json');
      const found = { records: JSON.parse(listed.out) as { id: string }[] };
      return found.records.length >= 2 ? found : undefined;
    });
    for (const { id } of records) {
      const read = await test.server.run('captured', 'read', id, '--reason', 'support', '--json');
      assert.equal(read.code, 0, read.err);
      // As the service and the caller got them: redacted before either.
      assert.ok(read.out.includes('hello [EMAIL_1]') && !read.out.includes(email), read.out);
    }
    assert.equal(
      (await test.server.run('captured', 'read', records[0]?.id ?? '', '--json')).code,
      2,
      'a reason is needed',
    );
    const read = await test.server.waitForEntries(['--kind', 'captured.read'], (found) => found.length >= 2);
    assert.equal(read[0]?.detail?.['cause'], 'support');
  });

  it('is asked for where the policy says so, and bad names are refused', async () => {
    const call = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${test.server.gate}/watched/v1/chat/completions`, {
        method: 'POST',
        headers: { 'x-api-key': test.key, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ model: 'far', messages: [{ role: 'user', content: 'hello' }] }),
      });
    assert.equal((await call({})).status, 400);
    assert.equal((await call({ 'surety-subject': 'a'.repeat(5000) })).status, 400);
    assert.equal((await call({ 'surety-subject': 'user-1' })).status, 200);
  });
});
