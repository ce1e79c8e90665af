import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import OpenAI from 'openai';
import { post } from '../support/raw.ts';
import { answerChat, chatChunk, type SeenRequest } from '../support/service.ts';
import { chat, messages, startStreams, type StreamTest } from '../support/streams.ts';
import { type TestServer, waitFor } from '../support/surety.ts';

describe('streams', () => {
  let test: StreamTest;
  before(async () => {
    test = await startStreams();
  });
  beforeEach(() => test.reset());
  after(() => test.close());

  it('are not held back: the first event is with the client before the service sends the second', async () => {
    const stream = await test.clientOf(test.key).chat.completions.create(chat);
    const events = stream[Symbol.asyncIterator]();
    const first = await events.next();
    assert.equal(first.value?.choices[0]?.delta.content, 'first ');
    const { response } = await test.held();
    response.end(`${chatChunk('m', 'second')}data: [DONE]\n\n`);
    assert.equal((await events.next()).value?.choices[0]?.delta.content, 'second');
    assert.ok((await events.next()).done);
  });

  it('end at the service when the client leaves', async (t: TestContext) => {
    const stream = await test.clientOf(test.key).chat.completions.create(chat);
    const { request } = await test.held();
    const events = stream[Symbol.asyncIterator]();
    await events.next();
    const leftAt = performance.now();
    stream.controller.abort();
    await request.abandoned;
    t.diagnostic(
      `the service saw its connection close ${(performance.now() - leftAt).toFixed(1)} ms after the client left`,
    );
    const { detail } = await test.finished('cancelled');
    assert.equal(detail?.['estimated'], true);
    assert.ok(Number(detail?.['inputTokens']) > 0);
    // What the service went on to make for itself is not known: what it was allowed to is charged.
    assert.equal(detail?.['outputTokens'], 16_384);
  });

  it('end at the service when the client leaves before the answer begins', async () => {
    const begun = Promise.withResolvers<SeenRequest>();
    test.service.behave((request) => begun.resolve(request));
    const controller = new AbortController();
    const call = test.clientOf(test.key).chat.completions.create(chat, { signal: controller.signal });
    const request = await begun.promise;
    controller.abort();
    await assert.rejects(call, OpenAI.APIUserAbortError);
    await request.abandoned;
  });

  it('whose prompt was longer than estimated are not cut for it', async () => {
    const issued = await test.server.createKey('counted');
    test.service.behave(
      answerChat({ content: 'brief', usage: { prompt_tokens: 190, completion_tokens: 5 } }),
    );
    const stream = await test.clientOf(issued.key).chat.completions.create({ ...chat, max_tokens: 5 });
    let text = '';
    for await (const event of stream) text += event.choices[0]?.delta.content ?? '';
    assert.equal(text, 'brief');
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
      const { detail } = await test.finished('succeeded', (entry) => entry.actor === actor);
      const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens, estimated } = detail ?? {};
      assert.deepEqual(
        [inputTokens, cachedInputTokens, outputTokens, reasoningTokens, estimated],
        [100, 40, 50, 20, undefined],
      );
      assert.equal(detail?.['costNanoUsd'], costNanoUsd);
    };

    it('which the client that did not ask does not see; cached and reasoning tokens have their own prices', async () => {
      const issued = await test.server.createKey('developer');
      test.service.behave(answerChat({ content: 'one two', usage }));
      const seen: unknown[] = [];
      for await (const event of await test.clientOf(issued.key).chat.completions.create(chat))
        seen.push(event.usage ?? event.choices.length);
      assert.deepEqual(seen, [1, 1]);
      assert.deepEqual(JSON.parse(test.service.seen.at(-1)?.body ?? '').stream_options, {
        include_usage: true,
      });
      await settledExactly(issued.id);
    });

    it('and read however the bytes are cut', async () => {
      const issued = await test.server.createKey('developer');
      test.service.behave(async (_request, response) => {
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
      for await (const event of await test.clientOf(issued.key).chat.completions.create(chat)) {
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
      const { hostname, port } = new URL(test.server.gate);
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
      const issued = await test.server.createKey('developer');
      const begun = Promise.withResolvers<SeenRequest>();
      test.service.behave((request, response) => {
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
        const { reason } = await test.finished('cut', ({ actor }) => actor === issued.id);
        assert.equal(reason, 'stream.slow-reader');
      });
    });

    it('and whole answers are not kept for it forever', async () => {
      const issued = await test.server.createKey('developer');
      const size = 24_000_000;
      test.service.behave(answerChat({ content: 'x'.repeat(size) }));
      const bytes = await unread(issued.key, { model: 'm', messages }, async (localPort) => {
        await test.finished('succeeded', ({ actor }) => actor === issued.id);
        await waitFor(async () => (isOpenAtGate(test.server, localPort) ? undefined : true));
      });
      assert.ok(bytes < size, 'the whole answer was kept');
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
