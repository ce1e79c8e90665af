import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { embed, generateText, streamText } from 'ai';
import OpenAI, { AzureOpenAI } from 'openai';
import { readFileSync } from 'node:fs';
import { starterPolicyFile } from '../../src/app/starter-policy.ts';
import { canaryPrompt, startSurety, type TestServer } from '../support/surety.ts';

const question = { role: 'user', content: `Say ${canaryPrompt}` } as const;
const echoed = `echo: Say ${canaryPrompt}`;
const weather = {
  name: 'weather',
  description: 'The weather of a city.',
  schema: { type: 'object', properties: { echo: { type: 'string' } }, required: ['echo'] },
} as const;

describe('real clients through the gate', () => {
  let server: TestServer;
  let key: string;
  before(async () => {
    server = await startSurety({ policy: readFileSync(starterPolicyFile, 'utf8') });
    ({ key } = await server.createKey('developer'));
  });
  after(() => server.dispose());

  describe('openai', () => {
    let client: OpenAI;
    before(() => {
      client = new OpenAI({ baseURL: `${server.gate}/v1`, apiKey: key, maxRetries: 0 });
    });

    it('chats', async () => {
      const { data, response } = await client.chat.completions
        .create({ model: 'echo', messages: [question] })
        .withResponse();
      assert.equal(data.choices[0]?.message.content, echoed);
      const entry = response.headers.get('surety-entry') ?? '';
      const shown = await server.run('ledger', 'show', entry, '--json');
      assert.equal(shown.code, 0, shown.err);
      assert.match(shown.out, /"kind":"call.decided"/);
    });

    it('streams, and sees no usage event it did not ask for', async () => {
      const stream = await client.chat.completions.create({
        model: 'echo',
        messages: [question],
        stream: true,
      });
      let text = '';
      for await (const chunk of stream) {
        assert.equal(chunk.choices.length, 1);
        text += chunk.choices[0]?.delta.content ?? '';
      }
      assert.equal(text, echoed);
    });

    it('gets the usage event it asked for', async () => {
      const options = {
        model: 'echo',
        messages: [question],
        stream: true,
        stream_options: { include_usage: true },
      } as const;
      let usage = 0;
      for await (const chunk of await client.chat.completions.create({ ...options, messages: [question] }))
        usage += chunk.usage?.total_tokens ?? 0;
      assert.ok(usage > 0);
    });

    it('calls tools, whole and streamed', async () => {
      const tool = {
        type: 'function',
        function: { name: weather.name, description: weather.description, parameters: { ...weather.schema } },
      } as const;
      const request = {
        model: 'echo',
        messages: [question],
        tools: [tool],
        tool_choice: 'required',
      } as const;
      const whole = await client.chat.completions.create({ ...request, messages: [question], tools: [tool] });
      const call = whole.choices[0]?.message.tool_calls?.[0];
      assert.ok(call?.type === 'function');
      assert.deepEqual(JSON.parse(call.function.arguments), { echo: question.content });
      const streamed = await client.chat.completions
        .stream({ ...request, messages: [question], tools: [tool] })
        .finalChatCompletion();
      assert.equal(streamed.choices[0]?.finish_reason, 'tool_calls');
    });

    it('uses the responses API, whole and streamed', async () => {
      const whole = await client.responses.create({ model: 'echo', input: question.content });
      assert.equal(whole.output_text, echoed);
      const streamed = await client.responses
        .stream({ model: 'echo', input: question.content })
        .finalResponse();
      assert.equal(streamed.output_text, echoed);
    });

    it('embeds', async () => {
      const { data } = await client.embeddings.create({ model: 'echo', input: [question.content, 'two'] });
      assert.equal(data.length, 2);
      assert.ok(Math.abs(Math.hypot(...(data[0]?.embedding ?? [])) - 1) < 1e-6);
    });

    it('lists the models its role may use', async () => {
      const names = (await client.models.list()).data.map(({ id }) => id);
      assert.deepEqual(names, ['echo']);
      assert.equal((await client.models.retrieve('echo')).id, 'echo');
    });

    it('gets its own error classes', async () => {
      const chat = (options: ConstructorParameters<typeof OpenAI>[0], model = 'echo') =>
        new OpenAI({
          baseURL: `${server.gate}/v1`,
          apiKey: key,
          maxRetries: 0,
          ...options,
        }).chat.completions.create({ model, messages: [question] });
      await assert.rejects(chat({ apiKey: 'sty_wrong' }), OpenAI.AuthenticationError);
      await assert.rejects(chat({}, 'unknown'), OpenAI.PermissionDeniedError);
      await assert.rejects(client.models.retrieve('unknown'), OpenAI.PermissionDeniedError);
      await assert.rejects(client.files.list(), OpenAI.NotFoundError);
      await assert.rejects(
        client.responses.create({ model: 'echo', input: 'x', previous_response_id: 'resp_1' }),
        OpenAI.BadRequestError,
      );
    });

    it('aborts a stream, and the call is recorded as cancelled', async () => {
      const stream = await client.chat.completions.create({
        model: 'echo',
        messages: [{ role: 'user', content: 'word '.repeat(200) }],
        stream: true,
      });
      for await (const _chunk of stream) break;
      await server.waitForEntries(['--kind', 'call.finished', '--outcome', 'cancelled'], (entries) =>
        entries.some(({ detail }) => detail?.['estimated'] === true),
      );
    });
  });

  it('openai for Azure chats and streams through a deployment', async () => {
    const client = new AzureOpenAI({
      endpoint: server.gate,
      apiKey: key,
      apiVersion: '2025-01-01-preview',
      deployment: 'echo',
      maxRetries: 0,
    });
    const whole = await client.chat.completions.create({ model: 'echo', messages: [question] });
    assert.equal(whole.choices[0]?.message.content, echoed);
    let text = '';
    for await (const chunk of await client.chat.completions.create({
      model: 'echo',
      messages: [question],
      stream: true,
    })) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
    assert.equal(text, echoed);
  });

  describe('anthropic', () => {
    let client: Anthropic;
    before(() => {
      client = new Anthropic({ baseURL: `${server.gate}/anthropic`, apiKey: key, maxRetries: 0 });
    });

    it('sends a message, whole and streamed', async () => {
      const request = { model: 'echo', max_tokens: 100, messages: [question] };
      const whole = await client.messages.create(request);
      assert.deepEqual(whole.content[0], { type: 'text', text: echoed, citations: null });
      assert.equal(await client.messages.stream(request).finalText(), echoed);
    });

    it('calls tools', async () => {
      const tool = {
        name: weather.name,
        description: weather.description,
        input_schema: { ...weather.schema, required: ['echo'] },
      };
      const message = await client.messages
        .stream({
          model: 'echo',
          max_tokens: 100,
          messages: [question],
          tools: [tool],
          tool_choice: { type: 'tool', name: weather.name },
        })
        .finalMessage();
      const [block] = message.content;
      assert.ok(block?.type === 'tool_use');
      assert.deepEqual(block.input, { echo: question.content });
    });

    it('counts tokens and lists models', async () => {
      assert.ok(
        (await client.messages.countTokens({ model: 'echo', messages: [question] })).input_tokens > 0,
      );
      assert.deepEqual(
        (await client.models.list()).data.map(({ id }) => id),
        ['echo'],
      );
    });

    it('gets its own error classes', async () => {
      const stranger = new Anthropic({
        baseURL: `${server.gate}/anthropic`,
        apiKey: 'sty_wrong',
        maxRetries: 0,
      });
      await assert.rejects(
        stranger.messages.create({ model: 'echo', max_tokens: 1, messages: [question] }),
        Anthropic.AuthenticationError,
      );
      await assert.rejects(
        client.messages.create({ model: 'other', max_tokens: 1, messages: [question] }),
        Anthropic.PermissionDeniedError,
      );
    });
  });

  it('the ai package generates, streams and embeds', async () => {
    const provider = createOpenAI({ baseURL: `${server.gate}/v1`, apiKey: key });
    const { text } = await generateText({ model: provider.chat('echo'), prompt: question.content });
    assert.equal(text, echoed);
    const streamed = streamText({ model: provider.responses('echo'), prompt: question.content });
    assert.equal(await streamed.text, echoed);
    const { embedding } = await embed({ model: provider.embedding('echo'), value: 'one' });
    assert.equal(embedding.length, 8);
  });

  it('every one of these calls stands in a ledger that verifies', async () => {
    const verified = await server.run('ledger', 'verify', '--json');
    assert.equal(verified.code, 0, verified.out);
    const decided = await server.entries('--kind', 'call.decided');
    const finished = await server.waitForEntries(
      ['--kind', 'call.finished'],
      (entries) => entries.length === decided.length,
    );
    assert.deepEqual(
      new Set(finished.map(({ detail }) => detail?.['decision'])),
      new Set(decided.map(({ id }) => id)),
    );
  });
});
