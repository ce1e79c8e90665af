import type { JsonObject } from '../../../kernel/index.ts';
import type { Writing } from '../scan/view.ts';
import { block, messagesAnswer, stopReason, usage as messagesUsage } from './anthropic.ts';
import { finishReason, roles, usage } from './openai-chat.ts';
import { item, part, response } from './openai-responses.ts';
import {
  alone,
  carried,
  count,
  data,
  either,
  id,
  json,
  kinds,
  list,
  logProbabilities,
  object,
  type ObjectShape,
  piece,
  sealed,
  type Shape,
  text,
  time,
  tree,
  word,
} from './shape.ts';
import { isArray, isObject } from './texts.ts';

/** How an event of a stream is read. */
export interface EventReading {
  readonly shape: Shape;
  /** What the names of its channels begin with. */
  readonly scope: string;
  /** The channels that end with this event: those that begin so. */
  readonly ended: readonly string[];
  /** An event that carries what was held back is the last one, as it left, rather than one of the members the shape says. */
  readonly copies?: true;
}

export type ReadEvent = (document: JsonObject) => EventReading;

const contentPiece = piece('content');
const thinkingPiece = piece('thinking');

/** `chat.completion.chunk` and the older `text_completion`. */
const chatEvent = object({
  id: carried(id),
  object: carried(word('chat.completion.chunk', 'text_completion')),
  created: carried(time),
  model: carried(alone),
  choices: list(
    object(
      {
        index: carried(count),
        text: piece('text'),
        delta: object(
          {
            role: roles,
            content: either({
              text: contentPiece,
              list: list(
                kinds({
                  text: [{ text: contentPiece }],
                  thinking: [
                    {
                      thinking: either({
                        text: thinkingPiece,
                        list: list(kinds({ text: [{ text: thinkingPiece }] })),
                      }),
                    },
                  ],
                }),
              ),
            }),
            refusal: piece('refusal'),
            reasoning_content: piece('reasoning_content'),
            reasoning: piece('reasoning'),
            tool_calls: list(
              object(
                {
                  index: carried(count),
                  id,
                  type: word('function', 'custom'),
                  function: object({ name: alone, arguments: piece('function', 'json') }),
                  custom: object({ name: alone, input: piece('custom') }),
                },
                { numbered: 'index' },
              ),
            ),
            function_call: object({ name: alone, arguments: piece('function_call', 'json') }),
          },
          { strict: true },
        ),
        finish_reason: finishReason,
        logprobs: logProbabilities,
      },
      { numbered: 'index', constants: { finish_reason: null } },
    ),
  ),
  usage,
  service_tier: alone,
  system_fingerprint: alone,
  obfuscation: alone,
});

const readChatEvent: ReadEvent = (document) => {
  const ended: string[] = [];
  const choices = isArray(document['choices']) ? document['choices'] : [];
  for (const [place, choice] of choices.entries())
    if (isObject(choice) && choice['finish_reason'] !== null && choice['finish_reason'] !== undefined)
      ended.push(`${JSON.stringify(choice['index'] ?? place)}/`);
  return { shape: chatEvent, scope: '', ended };
};

/** Deltas of the responses API that are pieces of JSON. Every other `delta` is a piece of text. */
const jsonDeltas = new Set(['response.function_call_arguments', 'response.mcp_call_arguments']);

const position = {
  type: carried(alone),
  sequence_number: carried(count),
  item_id: carried(id),
  output_index: carried(count),
  content_index: carried(count),
  summary_index: carried(count),
};

const around = {
  ...position,
  annotation_index: count,
  partial_image_index: count,
  text,
  refusal: text,
  input: text,
  code: text,
  transcript: text,
  arguments: json,
  logprobs: logProbabilities,
  obfuscation: alone,
  response,
  item,
  part: either({ object: part }),
};

const responseEvent = object(around);
const soundEvent = object({ ...around, delta: data('sound') }, { unread: 'sound' });
const pictureEvent = object({ ...around, partial_image_b64: data('picture') }, { unread: 'picture' });
const deltaEvent = (writing: Writing, constants: ObjectShape['constants']): Shape =>
  object({ ...around, delta: piece('delta', writing) }, { constants });
const deltaEvents = {
  text: { plain: deltaEvent('text', {}), withLogProbabilities: deltaEvent('text', { logprobs: [] }) },
  json: { plain: deltaEvent('json', {}), withLogProbabilities: deltaEvent('json', { logprobs: [] }) },
};

const readResponsesEvent: ReadEvent = (document) => {
  const type = typeof document['type'] === 'string' ? document['type'] : '';
  const kind = type.replace(/\.(?:delta|done)$/, '');
  if (type.startsWith('response.audio.') && !type.startsWith('response.audio.transcript'))
    return { shape: soundEvent, scope: '', ended: [] };
  if (type.startsWith('response.image_generation_call.'))
    return { shape: pictureEvent, scope: '', ended: [] };
  const scope = scopeOf(kind, document);
  if (type.endsWith('.delta')) {
    const { plain, withLogProbabilities } = deltaEvents[jsonDeltas.has(kind) ? 'json' : 'text'];
    return { shape: 'logprobs' in document ? withLogProbabilities : plain, scope, ended: [] };
  }
  // What has not ended when the response ends is given out before it.
  const isLast = /^response\.(?:completed|incomplete|failed)$/.test(type);
  return { shape: responseEvent, scope, ended: type.endsWith('.done') ? [scope] : isLast ? [''] : [] };
};

function scopeOf(kind: string, document: JsonObject): string {
  const place = ['output_index', 'content_index', 'summary_index'].map((name) =>
    JSON.stringify(document[name] ?? null),
  );
  return `${kind}/${place.join('/')}/`;
}

const messageEvent = object(
  {
    type: carried(alone),
    index: carried(count),
    delta: object(
      {
        type: carried(alone),
        text: piece('text'),
        partial_json: piece('partial_json', 'json'),
        thinking: piece('thinking'),
        content: either({ text: piece('content') }),
        signature: sealed,
        encrypted_content: sealed,
        citation: tree,
        stop_reason: stopReason,
        stop_sequence: alone,
        container: tree,
      },
      { strict: true },
    ),
    content_block: block,
    message: messagesAnswer,
    usage: messagesUsage,
  },
  { numbered: 'index' },
);

const readMessageEvent: ReadEvent = ({ type, index }) => {
  const ended = type === 'content_block_stop' ? [`${JSON.stringify(index ?? null)}/`] : [];
  return { shape: messageEvent, scope: '', ended: type === 'message_stop' ? [''] : ended };
};

/** By the names the gate's wires give their operations. */
export const eventReaders: Readonly<Record<string, ReadEvent | undefined>> = {
  'chat.completions': readChatEvent,
  completions: readChatEvent,
  responses: readResponsesEvent,
  messages: readMessageEvent,
};
