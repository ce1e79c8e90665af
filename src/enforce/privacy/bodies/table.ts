import { messagesAnswer, messagesRequest } from './anthropic.ts';
import { chatAnswer, chatRequest, completionRequest, readPrompts } from './openai-chat.ts';
import { responsesAnswer, responsesRequest } from './openai-responses.ts';
import { type ReadEvent, eventReaders } from './events.ts';
import { isObject, type ReadTexts } from './texts.ts';
import type { JsonValue } from '../../../kernel/index.ts';

/** How text is found in the bodies of an operation. */
export interface BodyReading {
  readonly request: ReadTexts<JsonValue>;
  readonly answer: ReadTexts<JsonValue>;
  /** Undefined: nothing is known of how a stream of it tells a text, so it cannot be read. */
  readonly event: ReadEvent | undefined;
}

interface BodyTable {
  readonly request: ReadTexts;
  readonly answer: ReadTexts;
}

/** Every member is read, of every kind. */
const everything: ReadTexts = (document, texts) => texts.tree([], document);

/** Vectors and scores; what else stands there is read. */
const numbers: ReadTexts = (document, texts) =>
  texts.others([], document, new Set(['id', 'object', 'data', 'results', 'model', 'usage', 'input_tokens']));

/** Members that hold text, and all others as they are. */
function membersOf(...names: readonly string[]): ReadTexts {
  const known = new Set(['model', 'stream', ...names]);
  return (document, texts) => {
    texts.others([], document, known);
    for (const name of names) {
      texts.startGroup();
      readPrompts(document[name], [name], texts);
    }
  };
}

/** An answer whose data is a picture or sound, which no detector reads. */
const pictures: ReadTexts = (document, texts) => {
  texts.others([], document, new Set(['data']));
  texts.cannotRead(['data'], 'picture');
};

/**
 * Where text stands, by the names the gate's wires give their operations. What is not in this table is read whole. Multipart forms are not
 * read: they carry sound and pictures.
 */
const bodyTable: Readonly<Record<string, BodyTable>> = {
  'chat.completions': { request: chatRequest, answer: chatAnswer },
  completions: { request: completionRequest, answer: chatAnswer },
  responses: { request: responsesRequest, answer: responsesAnswer },
  embeddings: { request: membersOf('input'), answer: numbers },
  moderations: { request: membersOf('input'), answer: numbers },
  'audio.speech': { request: membersOf('input', 'instructions'), answer: everything },
  'audio.transcriptions': { request: everything, answer: everything },
  'audio.translations': { request: everything, answer: everything },
  'images.generations': { request: membersOf('prompt'), answer: pictures },
  'images.edits': { request: everything, answer: pictures },
  messages: { request: messagesRequest, answer: messagesAnswer },
  'messages.count_tokens': { request: messagesRequest, answer: numbers },
};

/** What is no object is nothing that the operation knows, and is read whole. */
const ofAny =
  (read: ReadTexts): ReadTexts<JsonValue> =>
  (document, texts) =>
    isObject(document) ? read(document, texts) : texts.tree([], document);

const whole: BodyReading = { request: ofAny(everything), answer: ofAny(everything), event: undefined };

const readings = new Map(
  Object.entries(bodyTable).map(([operation, { request, answer }]): [string, BodyReading] => [
    operation,
    { request: ofAny(request), answer: ofAny(answer), event: eventReaders[operation] },
  ]),
);

export function bodyReadingOf(operation: string): BodyReading {
  return readings.get(operation) ?? whole;
}
