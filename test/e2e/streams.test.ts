import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { readFileSync, writeFileSync } from 'node:fs';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import type { Entry } from '../../src/record/index.ts';
import { post } from '../support/raw.ts';
import {
  answerChat,
  chatChunk,
  type SeenRequest,
  startService,
  streamForever,
  type TestService,
} from '../support/service.ts';
import { canaryPrompt, startSurety, type TestServer, waitFor } from '../support/surety.ts';

const policyOf = (service: TestService) => `
version: 1
gate:
  deadlines: { reader: 1s, drain: 2s }
  upstreams:
    service: { url: ${service.url}, private: true }
    claude: { url: ${service.url}, private: true }
  routes:
    - { match: /v1/**, wire: openai, models: { m: service } }
    - { match: /anthropic/**, wire: anthropic, models: { m: claude } }
identity:
  roles:
    developer: { may: [call /v1/**, call /anthropic/**], models: [m] }
    counted: { may: [call /v1/**], models: [m], limits: { tokens: 200/min } }
limits:
  prices:
    m: { input: 1 USD/M, cached: 0.1 USD/M, output: 10 USD/M, reasoning: 20 USD/M }
`;

const messages = [{ role: 'user' as const, content: `Say ${canaryPrompt}` }];
const chat = { model: 'm', messages, stream: true } as const;

/** A stream that has begun and goes on when the test says. */
interface HeldStream {
  readonly request: SeenRequest;
  readonly response: ServerResponse;
}

const firstEvents: Readonly<Record<string, string>> = {
  '/v1/chat/completions': chatChunk('m', 'first '),
  '/v1/responses': `event: response.output_text.delta\ndata: ${JSON.stringify({ type: 'response.output_text.delta', delta: 'first ', item_id: 'i', output_index: 0, content_index: 0, sequence_number: 0, logprobs: [] })}\n\n`,
  '/v1/messages': `event: message_start\ndata: ${JSON.stringify({ type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 5, output_tokens: 1 } } })}\n\n`,
};

describe('streams', () => {
  let service: TestService;
  let server: TestServer;
  let key: string;
  /** Resolves with the next stream that the service has begun. */
  let held: () => Promise<HeldStream>;

  const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${server.gate}/v1`, apiKey, maxRetries: 0 });
  const finished = async (
    outcome: string,
    enough: (entry: Entry) => boolean = () => true,
  ): Promise<Entry> => {
    const found = await server.waitForEntries(['--kind', 'call.finished', '--outcome', outcome], (entries) =>
      entries.some(enough),
    );
    return found.find(enough) as Entry;
  };

  before(async () => {
    service = await startService();
    server = await startSurety({ policy: policyOf(service) });
    ({ key } = await server.createKey('developer'));
  });
  beforeEach(() => {
    let begun = Promise.withResolvers<HeldStream>();
    held = async () => {
      const stream = await begun.promise;
      begun = Promise.withResolvers();
      return stream;
    };
    service.behave((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(firstEvents[request.path] ?? '');
      begun.resolve({ request, response });
    });
  });
  after(async () => {
    await server.dispose();
    await service.close();
  });

  it('are not held back: the first event is with the client before the service sends the second', async () => {
    const stream = await clientOf(key).chat.completions.create(chat);
    const events = stream[Symbol.asyncIterator]();
    const first = await events.next();
    assert.equal(first.value?.choices[0]?.delta.content, 'first ');
    const { response } = await held();
    response.end(`${chatChunk('m', 'second')}data: [DONE]\n\n`);
    assert.equal((await events.next()).value?.choices[0]?.delta.content, 'second');
    assert.ok((await events.next()).done);
  });

  it('end at the service when the client leaves', async (t: TestContext) => {
    const stream = await clientOf(key).chat.completions.create(chat);
    const { request } = await held();
    const events = stream[Symbol.asyncIterator]();
    await events.next();
    const leftAt = performance.now();
    stream.controller.abort();
    await request.abandoned;
    t.diagnostic(
      `the service saw its connection close ${(performance.now() - leftAt).toFixed(1)} ms after the client left`,
    );
    const { detail } = await finished('cancelled');
    assert.equal(detail?.['estimated'], true);
    assert.ok(Number(detail?.['inputTokens']) > 0);
    assert.equal(detail?.['outputTokens'], Math.ceil('first '.length / 4));
  });

  it('end at the service when the client leaves before the answer begins', async () => {
    const begun = Promise.withResolvers<SeenRequest>();
    service.behave((request) => begun.resolve(request));
    const controller = new AbortController();
    const call = clientOf(key).chat.completions.create(chat, { signal: controller.signal });
    const request = await begun.promise;
    controller.abort();
    await assert.rejects(call, OpenAI.APIUserAbortError);
    await request.abandoned;
  });

  describe('of a revoked key are cut with the error of the wire', () => {
    const cutBy = async (
      start: (apiKey: string) => Promise<AsyncIterable<unknown>>,
      error: new (...given: never[]) => Error,
    ) => {
      const issued = await server.createKey('developer');
      const stream = await start(issued.key);
      const { request } = await held();
      const reading = (async () => {
        for await (const _event of stream);
      })();
      const rejected = assert.rejects(reading, (thrown) => {
        assert.ok(thrown instanceof error, `not its own error: ${String(thrown)}`);
        assert.match(thrown.message, /revoked/);
        return true;
      });
      assert.equal((await server.run('keys', 'revoke', issued.id)).code, 0);
      await rejected;
      await request.abandoned;
      const { reason, detail } = await finished('cut', ({ actor }) => actor === issued.id);
      assert.equal(reason, 'stream.revoked');
      assert.equal(detail?.['estimated'], true);
    };
    it('OpenAI chat completions', () =>
      cutBy((apiKey) => clientOf(apiKey).chat.completions.create(chat), OpenAI.APIError));
    it('OpenAI responses', () =>
      cutBy(
        (apiKey) => clientOf(apiKey).responses.create({ model: 'm', input: 'x', stream: true }),
        OpenAI.APIError,
      ));
    it('Anthropic messages', () =>
      cutBy(
        (apiKey) =>
          new Anthropic({ baseURL: `${server.gate}/anthropic`, apiKey, maxRetries: 0 }).messages.create({
            model: 'm',
            max_tokens: 10,
            messages,
            stream: true,
          }),
        Anthropic.APIError,
      ));
  });

  /** Reads a chat stream to the event that cut it; gives its code. */
  const codeOfCut = async (apiKey: string): Promise<string | null | undefined> => {
    try {
      for await (const _event of await clientOf(apiKey).chat.completions.create(chat));
    } catch (thrown) {
      assert.ok(thrown instanceof OpenAI.APIError, String(thrown));
      return thrown.code;
    }
    return assert.fail('the stream was not cut');
  };

  it('of a key that expires are cut', async () => {
    const made = await server.run(
      'keys',
      'create',
      '--name',
      'brief',
      '--role',
      'developer',
      '--expires',
      '1500ms',
      '--json',
    );
    const issued = JSON.parse(made.out) as { id: string; key: string };
    assert.equal(await codeOfCut(issued.key), 'stream.revoked');
    await finished('cut', ({ actor }) => actor === issued.id);
  });

  it('of a key that was rotated without overlap are cut', async () => {
    const issued = await server.createKey('developer');
    const cut = codeOfCut(issued.key);
    await held();
    assert.equal((await server.run('keys', 'rotate', issued.id, '--overlap', '0s', '--json')).code, 0);
    assert.equal(await cut, 'stream.revoked');
  });

  it('that overrun the tokens reserved are cut', async () => {
    const issued = await server.createKey('counted');
    service.behave(streamForever());
    assert.equal(await codeOfCut(issued.key), 'stream.limit');
    const { reason } = await finished('cut', ({ actor }) => actor === issued.id);
    assert.equal(reason, 'stream.limit');
  });

  it('whose prompt was longer than estimated are not cut for it', async () => {
    const issued = await server.createKey('counted');
    service.behave(answerChat({ content: 'brief', usage: { prompt_tokens: 190, completion_tokens: 5 } }));
    const stream = await clientOf(issued.key).chat.completions.create({ ...chat, max_tokens: 5 });
    let text = '';
    for await (const event of stream) text += event.choices[0]?.delta.content ?? '';
    assert.equal(text, 'brief');
  });

  it('that a new policy no longer permits are cut', async () => {
    const policy = readFileSync(server.policyFile, 'utf8');
    const cut = codeOfCut(key);
    await held();
    writeFileSync(server.policyFile, policy.replace('models: [m] }', 'models: [none] }'));
    assert.equal(await cut, 'stream.forbidden');
    writeFileSync(server.policyFile, policy);
    await waitFor(async () => ((await clientOf(key).models.list()).data.length === 1 ? true : undefined));
  });

  it('cannot begin with a key revoked while the body was on its way', async () => {
    const issued = await server.createKey('developer');
    const [head = '', body = ''] = post({
      headers: [`x-api-key: ${issued.key}`],
      body: JSON.stringify(chat),
    }).split('\r\n\r\n');
    const { hostname, port } = new URL(server.gate);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.write(`${head}\r\n\r\n${body.slice(0, 10)}`);
    await waitFor(async () =>
      Number(/^surety_body_bytes (\d+)/m.exec(await server.metrics())?.[1]) > 0 ? true : undefined,
    );
    const seenBefore = service.seen.length;
    assert.equal((await server.run('keys', 'revoke', issued.id)).code, 0);
    socket.write(body.slice(10));
    await waitFor(async () => (answer.includes('\r\n\r\n') ? true : undefined));
    socket.destroy();
    assert.match(answer, /^HTTP\/1\.1 401 /);
    assert.equal(service.seen.length, seenBefore, 'a revoked key reached the service');
  });

  describe('are asked for their usage', () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      prompt_tokens_details: { cached_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 20 },
    };
    /** 60 input at 1 USD/M, 40 cached at 0.1, 30 output at 10, 20 reasoning at 20: in nano-dollars. */
    const costNanoUsd = 60_000 + 4_000 + 300_000 + 400_000;
    const settledExactly = async (actor: string) => {
      const { detail } = await finished('succeeded', (entry) => entry.actor === actor);
      const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens, estimated } = detail ?? {};
      assert.deepEqual(
        [inputTokens, cachedInputTokens, outputTokens, reasoningTokens, estimated],
        [100, 40, 50, 20, undefined],
      );
      assert.equal(detail?.['costNanoUsd'], costNanoUsd);
    };

    it('which the client that did not ask does not see; cached and reasoning tokens have their own prices', async () => {
      const issued = await server.createKey('developer');
      service.behave(answerChat({ content: 'one two', usage }));
      const seen: unknown[] = [];
      for await (const event of await clientOf(issued.key).chat.completions.create(chat))
        seen.push(event.usage ?? event.choices.length);
      assert.deepEqual(seen, [1, 1]);
      assert.deepEqual(JSON.parse(service.seen.at(-1)?.body ?? '').stream_options, { include_usage: true });
      await settledExactly(issued.id);
    });

    it('and read however the bytes are cut', async () => {
      const issued = await server.createKey('developer');
      service.behave(async (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.socket?.setNoDelay(true);
        const last = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage })}\r\n\r\ndata: [DONE]\r\n\r\n`;
        for (const byte of Buffer.from(chatChunk('m', 'héé😀').replaceAll('\n', '\r\n') + last)) {
          response.write(Buffer.from([byte]));
          await new Promise((resolve) => setImmediate(resolve));
        }
        response.end();
      });
      let text = '';
      for await (const event of await clientOf(issued.key).chat.completions.create(chat)) {
        assert.equal(event.usage ?? undefined, undefined);
        text += event.choices[0]?.delta.content ?? '';
      }
      assert.equal(text, 'héé😀');
      await settledExactly(issued.id);
    });
  });

  describe('to a reader that does not read', () => {
    /** Sends a request and reads nothing until the gate has closed the connection; gives the bytes that came after all. */
    const unread = async (
      apiKey: string,
      body: object,
      closed: (localPort: number) => Promise<unknown>,
    ): Promise<number> => {
      const { hostname, port } = new URL(server.gate);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      const connected = new Promise<number>((resolve) =>
        socket.once('connect', () => resolve(socket.localPort ?? 0)),
      );
      socket.pause();
      socket.write(post({ headers: [`x-api-key: ${apiKey}`], body: JSON.stringify(body) }));
      await closed(await connected);
      let bytes = 0;
      socket.on('data', (chunk) => {
        bytes += chunk.length;
      });
      const ended = new Promise((resolve) => socket.once('close', resolve));
      socket.resume();
      await ended;
      return bytes;
    };

    it('are cut, and the service is told', async () => {
      const issued = await server.createKey('developer');
      const begun = Promise.withResolvers<SeenRequest>();
      service.behave((request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const more = (): void => {
          while (!response.destroyed && response.write(chatChunk('m', 'x'.repeat(60_000))));
        };
        response.on('drain', more);
        begun.resolve(request);
        more();
      });
      await unread(issued.key, chat, async () => {
        await (await begun.promise).abandoned;
        const { reason } = await finished('cut', ({ actor }) => actor === issued.id);
        assert.equal(reason, 'stream.slow-reader');
      });
    });

    it('and whole answers are not kept for it forever', async () => {
      const issued = await server.createKey('developer');
      const size = 24_000_000;
      service.behave(answerChat({ content: 'x'.repeat(size) }));
      const bytes = await unread(issued.key, { model: 'm', messages }, async (localPort) => {
        await finished('succeeded', ({ actor }) => actor === issued.id);
        await waitFor(async () => (isOpenAtGate(server, localPort) ? undefined : true));
      });
      assert.ok(bytes < size, 'the whole answer was kept');
    });
  });

  describe('at shutdown', () => {
    const drained = () =>
      waitFor(async () => {
        try {
          await fetch(`${server.gate}/livez`, { headers: { connection: 'close' } });
          return undefined;
        } catch {
          return true;
        }
      });

    it('go on to their end, and the server exits with 0', async () => {
      const stream = await clientOf(key).chat.completions.create(chat);
      const { response } = await held();
      const stopped = server.stop('SIGTERM');
      await drained();
      response.end(`${chatChunk('m', 'last')}data: [DONE]\n\n`);
      let text = '';
      for await (const event of stream) text += event.choices[0]?.delta.content ?? '';
      assert.equal(text, 'first last');
      assert.equal(await stopped, 0);
      await server.restart();
    });

    it('are cut with an error event after the deadline, and the server exits with 0', async () => {
      const cut = codeOfCut(key);
      await held();
      const stopped = server.stop('SIGTERM');
      assert.equal(await cut, 'draining');
      assert.equal(await stopped, 0);
      await server.restart();
      const { reason } = await finished('cut', (entry) => entry.reason === 'draining');
      assert.equal(reason, 'draining');
      assert.equal(
        (await server.entries('--kind', 'call.finished', '--outcome', 'unknown')).length,
        0,
        'a call in order was taken for lost',
      );
    });
  });
});

/** Whether the gate still holds its end of a connection, as the kernel sees it. */
function isOpenAtGate(server: TestServer, clientPort: number): boolean {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  // Local address, remote address, state; 01 is ESTABLISHED.
  const row = new RegExp(
    `^ *\\d+: [0-9A-F]{8}:${hex(Number(new URL(server.gate).port))} [0-9A-F]{8}:${hex(clientPort)} 01 `,
    'm',
  );
  return row.test(readFileSync('/proc/net/tcp', 'utf8'));
}
