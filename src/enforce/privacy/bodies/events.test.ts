import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../../kernel/index.ts';
import { createClassifier } from '../classes.ts';
import { createPlaceholders } from '../redact/placeholders.ts';
import { Redactor } from '../redact/redactor.ts';
import type { Writing } from '../scan/view.ts';
import { dataSchema } from '../section.ts';
import { EventFilter } from './event-filter.ts';
import type { ReadEvent } from './events.ts';
import { type AnswerGuard, createTextFilter } from './rewrite.ts';
import { bodyReadingOf } from './table.ts';

const classifier = createClassifier(dataSchema.parse({ detect: 'all' }));

function readerOf(operation: string): ReadEvent {
  const { event } = bodyReadingOf(operation);
  assert.ok(event);
  return event;
}

function redacting(): AnswerGuard {
  const redact = { classifier, placeholders: createPlaceholders(), ceiling: -1, onFinding() {}, onText() {} };
  return { redact, restore: undefined };
}

/** Sends the events through a filter; gives the events that leave. */
function filter(operation: string, events: readonly object[], guard: AnswerGuard): JsonObject[] {
  const events_ = new EventFilter(readerOf(operation), guard);
  const left = events.flatMap((event) => {
    const data = JSON.stringify(event);
    return events_.push(JSON.parse(data) as JsonObject, data).data;
  });
  return [...left, ...events_.end()].map((data) => JSON.parse(data) as JsonObject);
}

interface Stream {
  readonly operation: string;
  readonly writing: Writing;
  /** The events that say a text in pieces. */
  events(pieces: readonly string[]): object[];
  /** The text that events say. */
  read(event: JsonObject): string;
}

interface Chunk {
  choices?: {
    delta?: Record<string, string> & { tool_calls?: { function: { arguments: string } }[] };
    text?: string;
  }[];
}

const chunk = (delta: object, finish: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const chatMember = (name: string): Stream => ({
  operation: 'chat.completions',
  writing: 'text',
  events: (pieces) => [
    ...pieces.map((piece) => chunk({ [name]: piece })),
    chunk({}, 'stop'),
    { id: 'c', choices: [], usage: {} },
  ],
  read: (event) => (event as Chunk).choices?.[0]?.delta?.[name] ?? '',
});

const streams: Readonly<Record<string, Stream>> = {
  'chat content': chatMember('content'),
  'chat reasoning': chatMember('reasoning_content'),
  'chat refusal': chatMember('refusal'),
  'chat content that ends with its last piece': {
    ...chatMember('content'),
    events: (pieces) =>
      pieces.map((piece, index) => chunk({ content: piece }, index + 1 === pieces.length ? 'stop' : null)),
  },
  'chat content that breaks off': {
    ...chatMember('content'),
    events: (pieces) => pieces.map((piece) => chunk({ content: piece })),
  },
  'chat arguments': {
    operation: 'chat.completions',
    writing: 'json',
    events: (pieces) => [
      ...pieces.map((piece) => chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
      chunk({}, 'tool_calls'),
    ],
    read: (event) => (event as Chunk).choices?.[0]?.delta?.tool_calls?.[0]?.function.arguments ?? '',
  },
  completions: {
    operation: 'completions',
    writing: 'text',
    events: (pieces) => [
      ...pieces.map((text) => ({ choices: [{ index: 0, text, finish_reason: null }] })),
      { choices: [{ index: 0, text: '', finish_reason: 'stop' }] },
    ],
    read: (event) => (event as Chunk).choices?.[0]?.text ?? '',
  },
  'responses text': {
    operation: 'responses',
    writing: 'text',
    events: (pieces) => [
      ...pieces.map((delta) => ({
        type: 'response.output_text.delta',
        item_id: 'i',
        output_index: 0,
        content_index: 0,
        delta,
      })),
      {
        type: 'response.output_text.done',
        item_id: 'i',
        output_index: 0,
        content_index: 0,
        text: pieces.join(''),
      },
    ],
    read: (event) => (event['type'] === 'response.output_text.delta' ? (event['delta'] as string) : ''),
  },
  'responses arguments': {
    operation: 'responses',
    writing: 'json',
    events: (pieces) => [
      ...pieces.map((delta) => ({ type: 'response.function_call_arguments.delta', output_index: 1, delta })),
      { type: 'response.function_call_arguments.done', output_index: 1, arguments: pieces.join('') },
    ],
    read: (event) =>
      event['type'] === 'response.function_call_arguments.delta' ? (event['delta'] as string) : '',
  },
  'messages text': {
    operation: 'messages',
    writing: 'text',
    events: (pieces) => [
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...pieces.map((text) => ({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text },
      })),
      { type: 'content_block_stop', index: 0 },
    ],
    read: (event) => (event as { delta?: { text?: string } }).delta?.text ?? '',
  },
  'messages thinking': {
    operation: 'messages',
    writing: 'text',
    events: (pieces) => [
      ...pieces.map((thinking) => ({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'thinking_delta', thinking },
      })),
      { type: 'content_block_stop', index: 0 },
    ],
    read: (event) => (event as { delta?: { thinking?: string } }).delta?.thinking ?? '',
  },
  'messages input': {
    operation: 'messages',
    writing: 'json',
    events: (pieces) => [
      ...pieces.map((partial_json) => ({
        type: 'content_block_delta',
        index: 2,
        delta: { type: 'input_json_delta', partial_json },
      })),
      { type: 'content_block_stop', index: 2 },
    ],
    read: (event) => (event as { delta?: { partial_json?: string } }).delta?.partial_json ?? '',
  },
};

const said = 'Ask ada@canary.example or +44 20 7946 0958 (card 4111 1111 1111 1111), then "stop".';
const saidAsJson = JSON.stringify({ to: 'ada@canary.example', card: 4111111111111111, note: 'say "hi"\n' });

describe('a stream of events', () => {
  for (const [name, { operation, writing, events, read }] of Object.entries(streams))
    it(`of ${name} says the same as the redacted whole, for every cut, and nothing of a value`, () => {
      const text = writing === 'json' ? saidAsJson : said;
      const whole = createTextFilter(redacting(), writing);
      const expected = whole.push(text) + whole.end();
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 }), (sizes) => {
          const pieces: string[] = [];
          for (let at = 0, turn = 0; at < text.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            pieces.push(text.slice(at, at + size));
            at += size;
          }
          const left = filter(operation, events(pieces), redacting());
          assert.equal(left.map(read).join(''), expected);
          assert.ok(!JSON.stringify(left).includes('canary'));
          assert.ok(!JSON.stringify(left).includes('411111'));
        }),
        { numRuns: 60 },
      );
    });

  it('is unchanged byte for byte where nothing is found', () => {
    const events = new EventFilter(readerOf('chat.completions'), redacting());
    for (const data of [
      '{ "choices":[{"index":0,"delta":{"content":"\\u0048ello there,\\n"},"finish_reason":null}] , "n":1.0}',
      '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
      '{"choices":[], "usage":{"a":1.50}}',
    ])
      assert.deepEqual(events.push(JSON.parse(data) as JsonObject, data).data, [data]);
    assert.deepEqual(events.push({ type: 'ping' }, '{"type": "ping"}').data, ['{"type": "ping"}']);
  });

  it('keeps the texts of several choices, blocks and calls apart', () => {
    const events = ['4111 1111', ' 1111 1111 '].flatMap((piece) =>
      [0, 1].map((index) => ({ choices: [{ index, delta: { content: index === 0 ? piece : 'x ' } }] })),
    );
    const left = filter('chat.completions', events, redacting());
    const text = (wanted: number): string =>
      left
        .flatMap((event) => (event as { choices: { index: number; delta: { content: string } }[] }).choices)
        .filter(({ index }) => index === wanted)
        .map(({ delta }) => delta.content)
        .join('');
    assert.equal(text(0), '[CARD_1] ');
    assert.equal(text(1), 'x x ');
  });

  it('has items and whole responses redacted with the same placeholders', () => {
    const item = {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: said, annotations: [] }],
    };
    const left = filter(
      'responses',
      [
        { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: said },
        { type: 'response.output_item.done', output_index: 0, item },
        { type: 'response.completed', response: { output: [item], usage: {} } },
      ],
      redacting(),
    );
    assert.ok(!JSON.stringify(left).includes('canary'));
    assert.equal(JSON.stringify(left).match(/\[EMAIL_1\]/g)?.length, 3);
  });

  it('gives values back to the caller whose they are, across events', () => {
    const placeholders = createPlaceholders();
    const redactor = new Redactor({ classifier, writing: 'text', placeholders, ceiling: -1 });
    redactor.finish('I am ada@canary.example');
    const { operation, events, read } = streams['messages input'] as Stream;
    const left = filter(operation, events(['{"to":"[EM', 'AIL_', '1]","cc":"[EMAIL_2]"}']), {
      redact: undefined,
      restore: placeholders,
    });
    assert.equal(left.map(read).join(''), '{"to":"ada@canary.example","cc":"[EMAIL_2]"}');
  });

  it('says what in an event cannot be read', () => {
    const events = new EventFilter(readerOf('chat.completions'), redacting());
    const event = { choices: [{ index: 0, delta: { content: 'x' }, logprobs: { content: [] } }] };
    assert.deepEqual(
      events.push(event, JSON.stringify(event)).unread.map(({ what }) => what),
      ['log-probabilities'],
    );
  });
});
