import type { JsonObject, JsonPath, JsonValue } from '../../../kernel/index.ts';
import type { Writing } from '../scan/view.ts';
import { readBlock } from './anthropic.ts';
import { readResponseEvent } from './openai-responses.ts';
import { isArray, isObject, Texts } from './texts.ts';

/** A piece of a text that comes in many events. */
export interface Delta {
  /** Names the text: pieces of one channel belong together. */
  readonly channel: string;
  readonly path: JsonPath;
  readonly writing: Writing;
  /** An event of the wire that carries nothing but a piece of this channel. */
  carry(piece: string): JsonObject;
}

/** What an event of a stream says. */
export interface EventReading {
  readonly deltas: readonly Delta[];
  /** The channels that end with this event: those that begin so. */
  readonly ended: readonly string[];
  /** Texts that stand in this event whole. */
  readonly texts: Texts;
}

export type ReadEvent = (document: JsonObject) => EventReading;

const at = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  isObject(value) ? value[name] : undefined;

/** `chat.completion.chunk` and the older `text_completion`. */
const readChatEvent: ReadEvent = (document) => {
  const deltas: Delta[] = [];
  const ended: string[] = [];
  const texts = new Texts();
  const choices = isArray(document['choices']) ? document['choices'] : [];
  for (const [place, choice] of choices.entries()) {
    if (!isObject(choice)) continue;
    const index = choice['index'] ?? place;
    const carryChoice = (rest: JsonObject): JsonObject => {
      const { usage: _usage, ...head } = document;
      return { ...head, choices: [{ index, ...rest, finish_reason: null }] };
    };
    if (typeof choice['text'] === 'string')
      deltas.push({
        channel: `${JSON.stringify(index)}/text`,
        path: ['choices', place, 'text'],
        writing: 'text',
        carry: (text) => carryChoice({ text }),
      });
    readChatDelta({ choice, place, index, carryChoice, deltas });
    refuseUnknown(choice['delta'], ['choices', place, 'delta'], texts);
    if (choice['finish_reason'] !== null && choice['finish_reason'] !== undefined)
      ended.push(`${JSON.stringify(index)}/`);
    if (choice['logprobs'] !== null && choice['logprobs'] !== undefined)
      texts.cannotRead(['choices', place, 'logprobs'], 'log-probabilities');
  }
  texts.tree(['error'], document['error']);
  return { deltas, ended, texts };
};

const deltaMembers = new Set([
  'role',
  'content',
  'refusal',
  'reasoning_content',
  'reasoning',
  'tool_calls',
  'function_call',
]);

/** A member that is not known may be a piece of a text that comes in many events: by itself it tells nothing. */
function refuseUnknown(delta: JsonValue | undefined, path: JsonPath, texts: Texts): void {
  if (!isObject(delta)) return;
  for (const [name, value] of Object.entries(delta))
    if (!deltaMembers.has(name) && value !== null && value !== undefined)
      texts.cannotRead([...path, name], 'unknown');
}

interface ChatChoice {
  readonly choice: JsonObject;
  readonly place: number;
  readonly index: JsonValue;
  readonly carryChoice: (rest: JsonObject) => JsonObject;
  readonly deltas: Delta[];
}

function readChatDelta({ choice, place, index, carryChoice, deltas }: ChatChoice): void {
  const { delta } = choice;
  const path = ['choices', place, 'delta'];
  for (const name of ['content', 'refusal', 'reasoning_content', 'reasoning']) {
    if (typeof at(delta, name) !== 'string') continue;
    deltas.push({
      channel: `${JSON.stringify(index)}/${name}`,
      path: [...path, name],
      writing: 'text',
      carry: (piece) => carryChoice({ delta: { [name]: piece } }),
    });
  }
  if (typeof at(at(delta, 'function_call'), 'arguments') === 'string')
    deltas.push({
      channel: `${JSON.stringify(index)}/function_call`,
      path: [...path, 'function_call', 'arguments'],
      writing: 'json',
      carry: (piece) => carryChoice({ delta: { function_call: { arguments: piece } } }),
    });
  const calls = at(delta, 'tool_calls');
  for (const [order, call] of (isArray(calls) ? calls : []).entries()) {
    const number = at(call, 'index') ?? order;
    for (const [kind, name, writing] of [
      ['function', 'arguments', 'json'],
      ['custom', 'input', 'text'],
    ] as const) {
      if (typeof at(at(call, kind), name) !== 'string') continue;
      deltas.push({
        channel: `${JSON.stringify(index)}/${kind}/${JSON.stringify(number)}`,
        path: [...path, 'tool_calls', order, kind, name],
        writing,
        carry: (piece) =>
          carryChoice({ delta: { tool_calls: [{ index: number, [kind]: { [name]: piece } }] } }),
      });
    }
  }
}

/** Events of the responses API whose `delta` is a piece of text, and how it is written. */
const responseDeltas: Readonly<Record<string, Writing>> = {
  'response.output_text': 'text',
  'response.refusal': 'text',
  'response.reasoning_text': 'text',
  'response.reasoning_summary_text': 'text',
  'response.function_call_arguments': 'json',
  'response.mcp_call_arguments': 'json',
  'response.custom_tool_call_input': 'text',
  'response.code_interpreter_call_code': 'text',
  'response.audio.transcript': 'text',
};

const readResponsesEvent: ReadEvent = (document) => {
  const texts = new Texts();
  const type = typeof document['type'] === 'string' ? document['type'] : '';
  const kind = type.replace(/\.(?:delta|done)$/, '');
  const place = ['output_index', 'content_index', 'summary_index'].map((name) =>
    JSON.stringify(document[name] ?? null),
  );
  const channel = `${kind}/${place.join('/')}`;
  const writing = Object.hasOwn(responseDeltas, kind) ? responseDeltas[kind] : undefined;
  if (writing && type.endsWith('.delta') && typeof document['delta'] === 'string') {
    if (isArray(document['logprobs']) && document['logprobs'].length > 0)
      texts.cannotRead(['logprobs'], 'log-probabilities');
    const carry = (piece: string): JsonObject => ({
      ...document,
      delta: piece,
      ...('logprobs' in document ? { logprobs: [] } : {}),
    });
    return { deltas: [{ channel, path: ['delta'], writing, carry }], ended: [], texts };
  }
  const isEnd = writing !== undefined && type.endsWith('.done');
  if (isEnd)
    for (const name of ['text', 'refusal', 'input', 'code', 'transcript']) texts.text([name], document[name]);
  if (isEnd) texts.json(['arguments'], document['arguments']);
  else if (type.startsWith('response.audio.')) texts.cannotRead([], 'sound');
  else if (type.startsWith('response.image_generation_call.')) texts.cannotRead([], 'picture');
  else readResponseEvent(document, texts);
  // What has not ended when the response ends is given out before it.
  const isLast = /^response\.(?:completed|incomplete|failed)$/.test(type);
  return { deltas: [], ended: isEnd ? [channel] : isLast ? [''] : [], texts };
};

/** Pieces of a content block, by the member that holds them. */
const blockDeltas: Readonly<Record<string, Writing>> = {
  text: 'text',
  partial_json: 'json',
  thinking: 'text',
};

const readMessageEvent: ReadEvent = (document) => {
  const texts = new Texts();
  const { type, index = null, delta } = document;
  const block = `${JSON.stringify(index)}/`;
  switch (type) {
    case 'content_block_delta': {
      const deltas = Object.entries(blockDeltas).flatMap(([name, writing]): Delta[] => {
        if (typeof at(delta, name) !== 'string') return [];
        const carry = (piece: string): JsonObject => ({
          ...document,
          delta: { type: at(delta, 'type'), [name]: piece },
        });
        return [{ channel: block + name, path: ['delta', name], writing, carry }];
      });
      if (isObject(delta) && isObject(delta['citation']))
        texts.tree(['delta', 'citation'], delta['citation']);
      return { deltas, ended: [], texts };
    }
    case 'content_block_start':
      if (isObject(document['content_block'])) readBlock(document['content_block'], ['content_block'], texts);
      return { deltas: [], ended: [], texts };
    case 'content_block_stop':
      return { deltas: [], ended: [block], texts };
    case 'message_stop':
      return { deltas: [], ended: [''], texts };
    case 'message_start':
    case 'message_delta':
    case 'ping':
      return { deltas: [], ended: [], texts };
    default:
      texts.tree([], document);
      return { deltas: [], ended: [], texts };
  }
};

/** By the names the gate's wires give their operations. */
export const eventReaders: Readonly<Record<string, ReadEvent | undefined>> = {
  'chat.completions': readChatEvent,
  completions: readChatEvent,
  responses: readResponsesEvent,
  messages: readMessageEvent,
};
