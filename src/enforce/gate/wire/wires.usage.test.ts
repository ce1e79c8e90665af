import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../../kernel/index.ts';
import type { Operation, StreamReading, TokenUsage, WireName } from './wire.ts';
import { wires } from './wires.ts';

function operationOf(wire: WireName, name: string): Operation {
  const found = wires[wire].operations.find((operation) => operation.name === name);
  assert.ok(found, `${wire} has no ${name}`);
  return found;
}

const wholeAnswers: readonly (readonly [WireName, string, JsonObject, TokenUsage])[] = [
  [
    'openai',
    'chat.completions',
    {
      object: 'chat.completion',
      usage: {
        prompt_tokens: 1200,
        completion_tokens: 300,
        total_tokens: 1500,
        prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 256, accepted_prediction_tokens: 0 },
      },
    },
    { input: 1200, cachedInput: 1024, output: 300, reasoning: 256 },
  ],
  [
    'azure',
    'chat.completions',
    { usage: { prompt_tokens: 8, completion_tokens: 2, total_tokens: 10 } },
    { input: 8, cachedInput: 0, output: 2, reasoning: 0 },
  ],
  [
    'openai',
    'responses',
    {
      object: 'response',
      usage: {
        input_tokens: 36,
        input_tokens_details: { cached_tokens: 5 },
        output_tokens: 87,
        output_tokens_details: { reasoning_tokens: 40 },
        total_tokens: 123,
      },
    },
    { input: 36, cachedInput: 5, output: 87, reasoning: 40 },
  ],
  [
    'openai',
    'embeddings',
    { object: 'list', data: [], usage: { prompt_tokens: 8, total_tokens: 8 } },
    { input: 8, cachedInput: 0, output: 0, reasoning: 0 },
  ],
  [
    'anthropic',
    'messages',
    {
      type: 'message',
      usage: {
        input_tokens: 10,
        cache_creation_input_tokens: 200,
        cache_read_input_tokens: 3000,
        output_tokens: 50,
      },
    },
    { input: 3210, cachedInput: 3000, output: 50, reasoning: 0 },
  ],
];

describe('usage', () => {
  for (const [wire, name, answer, usage] of wholeAnswers) {
    it(`of ${wire} ${name} is read from a whole answer`, () =>
      assert.deepEqual(operationOf(wire, name).readUsage?.(answer), usage));
  }

  it('that is no usage is not read as one', () => {
    const answers: readonly JsonObject[] = [
      {},
      { usage: null },
      { usage: [] },
      { usage: { prompt_tokens: '5', completion_tokens: 1 } },
      { usage: { prompt_tokens: -1 } },
    ];
    for (const answer of answers)
      assert.equal(operationOf('openai', 'chat.completions').readUsage?.(answer), undefined);
  });
});

const events: readonly (readonly [WireName, string, JsonObject, StreamReading])[] = [
  [
    'openai',
    'chat.completions',
    { choices: [{ delta: { content: 'four' } }], usage: null },
    { characters: 4 },
  ],
  [
    'openai',
    'chat.completions',
    { choices: [{ delta: { content: 'ab' } }, { delta: { content: 'c' } }] },
    { characters: 3 },
  ],
  [
    'openai',
    'chat.completions',
    { choices: [{ delta: { reasoning_content: 'abc', refusal: 'd' } }] },
    { characters: 4 },
  ],
  [
    'openai',
    'chat.completions',
    {
      choices: [
        {
          delta: { tool_calls: [{ function: { arguments: '{"a"' } }, { function: { arguments: ':1}' } }] },
        },
      ],
    },
    { characters: 7 },
  ],
  [
    'openai',
    'chat.completions',
    { choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } },
    { characters: 0, usage: { input: 3, cachedInput: 0, output: 4, reasoning: 0 }, onlyUsage: true },
  ],
  ['openai', 'completions', { choices: [{ text: 'hello' }] }, { characters: 5 }],
  ['openai', 'responses', { type: 'response.output_text.delta', delta: 'hello' }, { characters: 5 }],
  ['openai', 'responses', { type: 'response.function_call_arguments.delta', delta: '{}' }, { characters: 2 }],
  ['openai', 'responses', { type: 'response.output_text.done', text: 'hello' }, { characters: 0 }],
  [
    'openai',
    'responses',
    { type: 'response.completed', response: { usage: { input_tokens: 1, output_tokens: 2 } } },
    { characters: 0, usage: { input: 1, cachedInput: 0, output: 2, reasoning: 0 } },
  ],
  [
    'anthropic',
    'messages',
    { type: 'content_block_delta', delta: { type: 'text_delta', text: 'hey' } },
    { characters: 3 },
  ],
  [
    'anthropic',
    'messages',
    { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: '{"' } },
    { characters: 2 },
  ],
  [
    'anthropic',
    'messages',
    { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'hmm' } },
    { characters: 3 },
  ],
  [
    'anthropic',
    'messages',
    { type: 'message_start', message: { usage: { input_tokens: 9, output_tokens: 1 } } },
    { characters: 0, usage: { input: 9, cachedInput: 0, output: 1 } },
  ],
  [
    'anthropic',
    'messages',
    { type: 'message_delta', usage: { output_tokens: 15 } },
    { characters: 0, usage: { output: 15 } },
  ],
  ['anthropic', 'messages', { type: 'ping' }, { characters: 0 }],
];

describe('streams', () => {
  for (const [wire, name, event, expected] of events) {
    it(`${wire} ${name}: ${JSON.stringify(event).slice(0, 70)}`, () => {
      const reading = operationOf(wire, name).readEvent?.(event);
      assert.equal(reading?.characters, expected.characters);
      assert.deepEqual(reading?.usage, expected.usage);
      assert.equal(reading?.onlyUsage ?? false, expected.onlyUsage ?? false);
    });
  }

  it('are asked for usage, and other stream options stay', () => {
    const { usageRequest } = operationOf('openai', 'chat.completions');
    assert.equal(usageRequest?.({ stream_options: { include_usage: true } }), undefined);
    assert.deepEqual(usageRequest?.({}), { name: 'stream_options', value: '{"include_usage":true}' });
    assert.deepEqual(
      usageRequest?.({ stream_options: { include_usage: false, include_obfuscation: false } }),
      {
        name: 'stream_options',
        value: '{"include_usage":true,"include_obfuscation":false}',
      },
    );
  });
});
