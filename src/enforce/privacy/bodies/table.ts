import { messagesAnswer, messagesRequest } from './anthropic.ts';
import { chatAnswer, chatRequest, completionRequest, moderated, prompts } from './openai-chat.ts';
import { response, responsesRequest } from './openai-responses.ts';
import { eventReaders, type ReadEvent } from './events.ts';
import {
  alone,
  count,
  data,
  either,
  id,
  list,
  object,
  type Shape,
  text,
  time,
  tree,
  vector,
  word,
} from './shape.ts';
import { usage } from './openai-chat.ts';

/** How text is found in the bodies of an operation. */
export interface BodyReading {
  readonly request: Shape;
  readonly answer: Shape;
  /** Undefined: nothing is known of how a stream of it tells a text, so it cannot be read. */
  readonly event: ReadEvent | undefined;
}

interface BodyTable {
  readonly request: Shape;
  readonly answer: Shape;
}

/** Texts by these members; all others as they are written. */
const membersOf = (members: Readonly<Record<string, Shape>>): Shape =>
  object({ model: alone, stream: tree, ...members });

const embeddings: Shape = object({
  object: word('list'),
  data: list(
    object({
      object: word('embedding'),
      index: count,
      embedding: either({ text: data('file'), list: vector }),
    }),
  ),
  model: alone,
  usage,
});

const pictures: Shape = object({
  created: time,
  data: list(
    object({ b64_json: data('picture'), url: data('picture'), revised_prompt: text }, { unread: 'picture' }),
  ),
  background: word('transparent', 'opaque'),
  output_format: word('png', 'jpeg', 'webp'),
  quality: word('low', 'medium', 'high'),
  size: alone,
  usage,
});

/**
 * How bodies are read, by the names the gate's wires give their operations. A body of an operation that is not here is inspected as it is written.
 */
const bodyTable: Readonly<Record<string, BodyTable>> = {
  'chat.completions': { request: chatRequest, answer: chatAnswer },
  completions: { request: completionRequest, answer: chatAnswer },
  responses: { request: responsesRequest, answer: response },
  embeddings: { request: membersOf({ input: prompts }), answer: embeddings },
  moderations: {
    request: membersOf({ input: moderated }),
    answer: object({ id, model: alone, results: tree }),
  },
  'audio.speech': { request: membersOf({ input: text, instructions: alone }), answer: tree },
  'audio.transcriptions': { request: tree, answer: tree },
  'audio.translations': { request: tree, answer: tree },
  'images.generations': { request: membersOf({ prompt: text }), answer: pictures },
  'images.edits': { request: tree, answer: pictures },
  messages: { request: messagesRequest, answer: messagesAnswer },
  'messages.count_tokens': { request: messagesRequest, answer: object({ input_tokens: count }) },
};

const whole: BodyReading = { request: tree, answer: tree, event: undefined };

const readings = new Map(
  Object.entries(bodyTable).map(([operation, { request, answer }]): [string, BodyReading] => [
    operation,
    { request: orTree(request), answer: orTree(answer), event: eventReaders[operation] },
  ]),
);

/** What is no object is nothing that the operation knows, and is inspected as it is written. */
function orTree(shape: Shape): Shape {
  return either({ text: tree, list: tree, object: shape });
}

export function bodyReadingOf(operation: string): BodyReading {
  return readings.get(operation) ?? whole;
}
