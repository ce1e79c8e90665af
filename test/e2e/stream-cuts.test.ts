import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { post } from '../support/raw.ts';
import { chatChunk, streamForever } from '../support/service.ts';
import { chat, messages, startStreams, type StreamTest } from '../support/streams.ts';
import { waitFor } from '../support/surety.ts';

describe('streams', () => {
  let test: StreamTest;
  before(async () => {
    test = await startStreams();
  });
  beforeEach(() => test.reset());
  after(() => test.close());

  describe('of a revoked key are cut with the error of the wire', () => {
    const cutBy = async (
      start: (apiKey: string) => Promise<AsyncIterable<unknown>>,
      error: new (...given: never[]) => Error,
    ) => {
      const issued = await test.server.createKey('developer');
      const stream = await start(issued.key);
      const { request } = await test.held();
      const reading = (async () => {
        for await (const _event of stream);
      })();
      const rejected = assert.rejects(reading, (thrown) => {
        assert.ok(thrown instanceof error, `not its own error: ${String(thrown)}`);
        assert.match(thrown.message, /revoked/);
        return true;
      });
      assert.equal((await test.server.run('keys', 'revoke', issued.id)).code, 0);
      await rejected;
      await request.abandoned;
      const { reason, detail } = await test.finished('cut', ({ actor }) => actor === issued.id);
      assert.equal(reason, 'stream.revoked');
      assert.equal(detail?.['estimated'], true);
    };
    it('OpenAI chat completions', () =>
      cutBy((apiKey) => test.clientOf(apiKey).chat.completions.create(chat), OpenAI.APIError));
    it('OpenAI responses', () =>
      cutBy(
        (apiKey) => test.clientOf(apiKey).responses.create({ model: 'm', input: 'x', stream: true }),
        OpenAI.APIError,
      ));
    it('Anthropic messages', () =>
      cutBy(
        (apiKey) =>
          new Anthropic({ baseURL: `${test.server.gate}/anthropic`, apiKey, maxRetries: 0 }).messages.create({
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
      for await (const _event of await test.clientOf(apiKey).chat.completions.create(chat));
    } catch (thrown) {
      assert.ok(thrown instanceof OpenAI.APIError, String(thrown));
      return thrown.code;
    }
    return assert.fail('the stream was not cut');
  };

  it('of a withdrawn role are cut, and its keys are refused until it is restored', async () => {
    const { key } = await test.server.createKey('developer');
    const cut = codeOfCut(key);
    const { request } = await test.held();
    const withdrawn = await test.server.run('access', 'withdraw', 'role', 'developer', '--json');
    assert.equal(await cut, 'stream.revoked');
    await request.abandoned;
    assert.equal(await codeOfCut(key), 'credential.withdrawn');
    const { id } = JSON.parse(withdrawn.out) as { id: string };
    const why = await test.server.run('access', 'explain', 'developer', 'call /v1/models');
    assert.deepEqual(
      [why.code, why.out],
      [1, `no  The role developer is withdrawn by an operator (${id}).\n`],
    );
    assert.equal((await test.server.run('access', 'restore', id)).code, 0);
    assert.equal((await test.server.run('access', 'withdrawals', '--json')).out, '[]\n');
    assert.equal((await test.server.run('access', 'explain', 'developer', 'call /v1/models')).code, 0);
  });

  it('of a key that expires are cut', async () => {
    const made = await test.server.run(
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
    await test.finished('cut', ({ actor }) => actor === issued.id);
  });

  it('of a key that was rotated without overlap are cut', async () => {
    const issued = await test.server.createKey('developer');
    const cut = codeOfCut(issued.key);
    await test.held();
    assert.equal((await test.server.run('keys', 'rotate', issued.id, '--overlap', '0s', '--json')).code, 0);
    assert.equal(await cut, 'stream.revoked');
  });

  it('that overrun the tokens reserved are cut', async () => {
    const issued = await test.server.createKey('counted');
    test.service.behave(streamForever());
    assert.equal(await codeOfCut(issued.key), 'stream.limit');
    const { reason } = await test.finished('cut', ({ actor }) => actor === issued.id);
    assert.equal(reason, 'stream.limit');
  });

  it('that a new policy no longer permits are cut', async () => {
    const policy = readFileSync(test.server.policyFile, 'utf8');
    const cut = codeOfCut(test.key);
    await test.held();
    writeFileSync(test.server.policyFile, policy.replace('models: [m] }', 'models: [none] }'));
    assert.equal(await cut, 'stream.forbidden');
    writeFileSync(test.server.policyFile, policy);
    await waitFor(async () =>
      (await test.clientOf(test.key).models.list()).data.length === 1 ? true : undefined,
    );
  });

  it('cannot begin with a key revoked while the body was on its way', async () => {
    const issued = await test.server.createKey('developer');
    const [head = '', body = ''] = post({
      headers: [`x-api-key: ${issued.key}`],
      body: JSON.stringify(chat),
    }).split('\r\n\r\n');
    const { hostname, port } = new URL(test.server.gate);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.write(`${head}\r\n\r\n${body.slice(0, 10)}`);
    await waitFor(async () =>
      Number(/^surety_body_bytes (\d+)/m.exec(await test.server.metrics())?.[1]) > 0 ? true : undefined,
    );
    const seenBefore = test.service.seen.length;
    assert.equal((await test.server.run('keys', 'revoke', issued.id)).code, 0);
    socket.write(body.slice(10));
    await waitFor(async () => (answer.includes('\r\n\r\n') ? true : undefined));
    socket.destroy();
    assert.match(answer, /^HTTP\/1\.1 401 /);
    assert.equal(test.service.seen.length, seenBefore, 'a revoked key reached the service');
  });

  describe('at shutdown', () => {
    const drained = () =>
      waitFor(async () => {
        try {
          await fetch(`${test.server.gate}/livez`, { headers: { connection: 'close' } });
          return undefined;
        } catch {
          return true;
        }
      });

    it('go on to their end, and the server exits with 0', async () => {
      const stream = await test.clientOf(test.key).chat.completions.create(chat);
      const { response } = await test.held();
      const stopped = test.server.stop('SIGTERM');
      await drained();
      response.end(`${chatChunk('m', 'last')}data: [DONE]\n\n`);
      let text = '';
      for await (const event of stream) text += event.choices[0]?.delta.content ?? '';
      assert.equal(text, 'first last');
      assert.equal(await stopped, 0);
      await test.server.restart();
    });

    it('are cut with an error event after the deadline, and the server exits with 0', async () => {
      const cut = codeOfCut(test.key);
      await test.held();
      const stopped = test.server.stop('SIGTERM');
      assert.equal(await cut, 'draining');
      assert.equal(await stopped, 0);
      await test.server.restart();
      const { reason } = await test.finished('cut', (entry) => entry.reason === 'draining');
      assert.equal(reason, 'draining');
      assert.equal(
        (await test.server.entries('--kind', 'call.finished', '--outcome', 'unknown')).length,
        0,
        'a call in order was taken for lost',
      );
    });
  });
});
