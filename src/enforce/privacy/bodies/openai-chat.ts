import type { JsonObject, JsonPath, JsonValue } from '../../../kernel/index.ts';
import { eachObject, isArray, isObject, type ReadTexts, type Texts } from './texts.ts';

const messageMembers = new Set([
  'role',
  'content',
  'refusal',
  'tool_calls',
  'function_call',
  'tool_call_id',
  'audio',
  'reasoning',
  'reasoning_content',
  'annotations',
]);

/** A message of a request or an answer (OpenAI API reference, chat completions). */
export function readChatMessage(message: JsonObject, path: JsonPath, texts: Texts): void {
  texts.startGroup();
  readContent(message['content'], [...path, 'content'], texts);
  texts.startGroup();
  for (const name of ['refusal', 'reasoning', 'reasoning_content'])
    texts.text([...path, name], message[name]);
  eachObject({ path: [...path, 'tool_calls'], value: message['tool_calls'], texts }, (call, at) =>
    readToolCall(call, at, texts),
  );
  const call = message['function_call'];
  if (isObject(call)) readFunction(call, [...path, 'function_call'], texts);
  const { audio } = message;
  if (isObject(audio)) {
    texts.text([...path, 'audio', 'transcript'], audio['transcript']);
    if (audio['data'] !== undefined) texts.cannotRead([...path, 'audio'], 'sound');
  }
  texts.tree([...path, 'annotations'], message['annotations']);
  texts.others(path, message, messageMembers);
}

function readContent(content: JsonValue | undefined, path: JsonPath, texts: Texts): void {
  if (!isArray(content)) return texts.text(path, content);
  eachObject({ path, value: content, texts }, (part, at) => readPart(part, at, texts));
}

function readPart(part: JsonObject, path: JsonPath, texts: Texts): void {
  switch (part['type']) {
    case 'text':
      return texts.text([...path, 'text'], part['text']);
    case 'refusal':
      return texts.text([...path, 'refusal'], part['refusal']);
    case 'image_url':
      return texts.cannotRead(path, 'picture');
    case 'input_audio':
      return texts.cannotRead(path, 'sound');
    case 'file':
      return texts.cannotRead(path, 'file');
    default:
      return texts.cannotRead(path, 'unknown');
  }
}

function readToolCall(call: JsonObject, path: JsonPath, texts: Texts): void {
  const { function: called, custom } = call;
  if (isObject(called)) readFunction(called, [...path, 'function'], texts);
  if (isObject(custom)) {
    texts.text([...path, 'custom', 'name'], custom['name']);
    texts.text([...path, 'custom', 'input'], custom['input']);
  }
  if (!isObject(called) && !isObject(custom)) texts.tree(path, call);
}

function readFunction(called: JsonObject, path: JsonPath, texts: Texts): void {
  texts.startGroup();
  texts.text([...path, 'name'], called['name']);
  texts.startGroup();
  texts.json([...path, 'arguments'], called['arguments']);
}

const requestMembers = new Set(['model', 'messages', 'stream', 'prediction']);

export const chatRequest: ReadTexts = (document, texts) => {
  texts.others([], document, requestMembers);
  eachObject({ path: ['messages'], value: document['messages'], texts }, (message, at) =>
    readChatMessage(message, at, texts),
  );
  const { prediction } = document;
  if (!isObject(prediction)) return texts.tree(['prediction'], prediction);
  texts.startGroup();
  readContent(prediction['content'], ['prediction', 'content'], texts);
};

/** What says nothing in words of the model. */
const answerMembers = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'system_fingerprint',
  'service_tier',
]);
const choiceMembers = new Set(['index', 'finish_reason', 'message', 'text', 'logprobs']);

export const chatAnswer: ReadTexts = (document, texts) => {
  eachObject({ path: ['choices'], value: document['choices'], texts }, (choice, at) => {
    const { message } = choice;
    if (isObject(message)) readChatMessage(message, [...at, 'message'], texts);
    texts.startGroup();
    texts.text([...at, 'text'], choice['text']);
    readLogProbabilities(choice, at, texts);
    texts.others(at, choice, choiceMembers);
  });
  texts.others([], document, answerMembers);
};

/** Tokens beside their probabilities tell the text once more, in pieces that no detector sees whole. */
function readLogProbabilities(choice: JsonObject, path: JsonPath, texts: Texts): void {
  const { logprobs } = choice;
  if (logprobs !== undefined && logprobs !== null)
    texts.cannotRead([...path, 'logprobs'], 'log-probabilities');
}

export const completionRequest: ReadTexts = (document, texts) => {
  texts.others([], document, new Set(['model', 'stream', 'prompt', 'suffix']));
  readPrompts(document['prompt'], ['prompt'], texts);
  texts.startGroup();
  texts.text(['suffix'], document['suffix']);
};

/** A string, several, or numbers of tokens, which only the model's tokenizer could read. */
export function readPrompts(value: JsonValue | undefined, path: JsonPath, texts: Texts): void {
  if (!isArray(value)) return texts.text(path, value);
  for (const [index, item] of value.entries()) {
    texts.startGroup();
    if (typeof item === 'string') texts.text([...path, index], item);
    else if (isObject(item)) readPart(item, [...path, index], texts);
    else return texts.cannotRead(path, 'tokens');
  }
}
