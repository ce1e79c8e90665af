import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault, faultTable, type FaultCode } from '../../../kernel/index.ts';
import type { JsonObject } from './json.ts';
import { splitEvents } from './sse.ts';
import type { Operation, StreamReading, TokenUsage, WireName } from './wire.ts';
import { wires } from './wires.ts';

const context = { requestId: 'req-1' };

function operationOf(wire: WireName, name: string): Operation {
  const found = wires[wire].operations.find((operation) => operation.name === name);
  assert.ok(found, `${wire} has no ${name}`);
  return found;
}

describe('the tables of operations', () => {
  for (const wire of Object.values(wires)) {
    it(`of ${wire.name} name each operation, and each method with path, once`, () => {
      const names = wire.operations.map(({ name }) => name);
      const places = wire.operations.map(({ method, path }) => `${method} ${path}`);
      assert.equal(new Set(names).size, names.length);
      assert.equal(new Set(places).size, places.length);
      for (const operation of wire.operations) {
        assert.match(operation.name, /^[a-z_.]+$/);
        assert.match(operation.telemetry, /^[a-z_]+$/);
        assert.ok(operation.path.startsWith('/'));
        assert.equal(operation.path.includes('{model}'), operation.model === 'path');
        if (operation.answeredBy === 'gate') assert.ok(wire.listModels, `${operation.name} has no answer`);
        if (operation.model === 'body' && operation.body === 'json') assert.ok(operation.fields?.['model']);
        if (operation.usageRequest) assert.ok(operation.readEvent);
      }
    });
  }

  it('serve nothing that is stored under the shared credential', () => {
    for (const wire of [wires.openai, wires.azure, wires.anthropic])
      for (const { path } of wire.operations)
        assert.doesNotMatch(
          path,
          /files|batches|assistants|threads|vector|uploads|fine_tuning|\{(?!model\})/,
        );
  });
});

describe('usage', () => {
  const read: readonly (readonly [WireName, string, JsonObject, TokenUsage])[] = [
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
  for (const [wire, name, answer, usage] of read) {
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

describe('streams', () => {
  const readings: readonly (readonly [WireName, string, JsonObject, StreamReading])[] = [
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
    [
      'openai',
      'responses',
      { type: 'response.function_call_arguments.delta', delta: '{}' },
      { characters: 2 },
    ],
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
  for (const [wire, name, event, expected] of readings) {
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

describe('refusals', () => {
  const codes = Object.keys(faultTable) as FaultCode[];

  it('in the form of OpenAI carry type, code, message and param', () => {
    for (const wire of [wires.openai, wires.azure]) {
      for (const code of codes) {
        const { contentType, body } = wire.error(new Fault(code), context);
        assert.equal(contentType, 'application/json');
        const { error } = JSON.parse(body) as { error: Record<string, unknown> };
        assert.equal(error['code'], code);
        assert.equal(error['param'], null);
        assert.match(String(error['type']), /_error$/);
        assert.match(String(error['message']), /req-1/);
      }
    }
  });

  it('in the form of Anthropic carry type error, and the request id', () => {
    const types = new Set<unknown>();
    for (const code of codes) {
      const document = JSON.parse(wires.anthropic.error(new Fault(code), context).body) as JsonObject;
      assert.equal(document['type'], 'error');
      assert.equal(document['request_id'], 'req-1');
      types.add((document['error'] as JsonObject)['type']);
    }
    for (const type of [
      'authentication_error',
      'permission_error',
      'rate_limit_error',
      'overloaded_error',
      'not_found_error',
    ])
      assert.ok(types.has(type), type);
  });

  it('in the generic form are RFC 9457 problem details', () => {
    const { contentType, body } = wires.generic.error(new Fault('limit.requests'), context);
    assert.equal(contentType, 'application/problem+json');
    const problem = JSON.parse(body) as JsonObject;
    assert.deepEqual(
      [problem['status'], problem['code'], problem['requestId']],
      [429, 'limit.requests', 'req-1'],
    );
  });

  it('cut a stream with one whole event of the wire', () => {
    const cut = (wire: WireName, name: string): JsonObject => {
      const text = wires[wire].errorEvent(operationOf(wire, name), new Fault('stream.revoked'), context);
      const events = splitEvents(text ?? '');
      assert.equal(events.length, 1);
      return JSON.parse(events[0]?.data ?? '') as JsonObject;
    };
    assert.equal((cut('openai', 'chat.completions')['error'] as JsonObject)['code'], 'stream.revoked');
    assert.equal((cut('azure', 'chat.completions')['error'] as JsonObject)['code'], 'stream.revoked');
    assert.deepEqual(
      [cut('openai', 'responses')['type'], cut('openai', 'responses')['code']],
      ['error', 'stream.revoked'],
    );
    assert.equal((cut('anthropic', 'messages')['error'] as JsonObject)['type'], 'authentication_error');
    assert.equal(
      wires.generic.errorEvent(operationOf('generic', 'http'), new Fault('stream.revoked'), context),
      undefined,
    );
  });
});

describe('lists of models', () => {
  it('name the given models and no other', () => {
    const openai = JSON.parse(wires.openai.listModels?.(['a', 'b'], undefined) ?? '') as {
      data: { id: string }[];
    };
    assert.deepEqual(
      openai.data.map(({ id }) => id),
      ['a', 'b'],
    );
    const anthropic = JSON.parse(wires.anthropic.listModels?.(['a', 'b'], undefined) ?? '') as JsonObject;
    assert.deepEqual([anthropic['first_id'], anthropic['last_id'], anthropic['has_more']], ['a', 'b', false]);
    assert.equal(wires.openai.listModels?.(['a'], 'b'), undefined);
    assert.equal(wires.anthropic.listModels?.([], 'b'), undefined);
    assert.match(wires.openai.listModels?.(['a'], 'a') ?? '', /"id":"a"/);
  });
});
