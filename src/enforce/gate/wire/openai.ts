import type { Fault, JsonObject } from '../../../kernel/index.ts';
import { modelLists } from './model-lists.ts';
import { arrayAt, countAt, isObject, lengthAt, objectAt, textAt } from './reading.ts';
import { serverSentEvent } from './sse.ts';
import { readCompletionUsage, readResponseUsage } from './usage.ts';
import type { ErrorContext, FieldRules, Operation, StreamReading, Wire, WireError } from './wire.ts';

const sampling: FieldRules = {
  stream: 'boolean',
  n: 'count',
  max_tokens: 'count',
  max_completion_tokens: 'count',
};

function chatOutputTokens(document: JsonObject): number | undefined {
  const each = countAt(document, 'max_completion_tokens') ?? countAt(document, 'max_tokens');
  return each === undefined ? undefined : each * Math.max(1, countAt(document, 'n') ?? 1);
}

/** Reads a `chat.completion.chunk` (and the older `text_completion`): the new characters of every choice, and usage. */
function readChatEvent(document: JsonObject): StreamReading {
  const choices = arrayAt(document, 'choices');
  let characters = 0;
  for (const choice of choices) {
    if (!isObject(choice)) continue;
    characters += lengthAt(choice, 'text');
    const delta = objectAt(choice, 'delta');
    if (!delta) continue;
    characters += lengthAt(delta, 'content') + lengthAt(delta, 'refusal');
    characters += lengthAt(delta, 'reasoning_content') + lengthAt(delta, 'reasoning');
    for (const call of arrayAt(delta, 'tool_calls')) {
      if (isObject(call)) characters += lengthAt(objectAt(call, 'function'), 'arguments');
    }
  }
  const usage = readCompletionUsage(document);
  return { characters, usage, onlyUsage: usage !== undefined && choices.length === 0 };
}

/** Events of the responses API: `*.delta` events carry text in `delta`; the last one carries the whole response. */
function readResponseEvent(document: JsonObject): StreamReading {
  const response = objectAt(document, 'response');
  return {
    characters: textAt(document, 'type')?.endsWith('.delta') ? lengthAt(document, 'delta') : 0,
    usage: response && readResponseUsage(response),
  };
}

function usageRequest(document: JsonObject): { name: string; value: string } | undefined {
  const options = objectAt(document, 'stream_options');
  if (options?.['include_usage'] === true) return undefined;
  return { name: 'stream_options', value: JSON.stringify({ ...options, include_usage: true }) };
}

export const chatCompletions: Operation = {
  name: 'chat.completions',
  telemetry: 'chat',
  method: 'POST',
  path: '/chat/completions',
  body: 'json',
  model: 'body',
  answeredBy: 'upstream',
  fields: {
    model: ['string', 'required'],
    messages: ['array', 'required'],
    ...sampling,
    stream_options: 'object',
    tools: 'array',
  },
  // A stored completion can be read back by whoever holds the shared credential.
  stateful: ['store'],
  outputTokens: chatOutputTokens,
  readUsage: readCompletionUsage,
  readEvent: readChatEvent,
  usageRequest,
};

export const completions: Operation = {
  name: 'completions',
  telemetry: 'text_completion',
  method: 'POST',
  path: '/completions',
  body: 'json',
  model: 'body',
  answeredBy: 'upstream',
  fields: { model: ['string', 'required'], prompt: 'text or array', ...sampling, stream_options: 'object' },
  outputTokens: chatOutputTokens,
  readUsage: readCompletionUsage,
  readEvent: readChatEvent,
  usageRequest,
};

const responses: Operation = {
  name: 'responses',
  telemetry: 'chat',
  method: 'POST',
  path: '/responses',
  body: 'json',
  model: 'body',
  answeredBy: 'upstream',
  fields: {
    model: ['string', 'required'],
    input: ['text or array', 'required'],
    stream: 'boolean',
    max_output_tokens: 'count',
    tools: 'array',
  },
  stateful: ['previous_response_id', 'conversation', 'background', 'prompt'],
  outputTokens: (document) => countAt(document, 'max_output_tokens'),
  readUsage: readResponseUsage,
  readEvent: readResponseEvent,
};

export const embeddings: Operation = {
  name: 'embeddings',
  telemetry: 'embeddings',
  method: 'POST',
  path: '/embeddings',
  body: 'json',
  model: 'body',
  answeredBy: 'upstream',
  fields: { model: ['string', 'required'], input: ['text or array', 'required'], dimensions: 'count' },
  outputTokens: () => 0,
  readUsage: readCompletionUsage,
};

const jsonToUpstream = { method: 'POST', body: 'json', model: 'body', answeredBy: 'upstream' } as const;
const formToUpstream = { method: 'POST', body: 'multipart', model: 'body', answeredBy: 'upstream' } as const;

/** Sound and pictures: no token count is asked for, so limits count the prompt's estimate and what the service reports. */
export const media: readonly Operation[] = [
  {
    ...jsonToUpstream,
    name: 'audio.speech',
    telemetry: 'speech',
    path: '/audio/speech',
    fields: { model: ['string', 'required'], input: ['string', 'required'] },
    outputTokens: () => 0,
  },
  {
    ...formToUpstream,
    name: 'audio.transcriptions',
    telemetry: 'transcription',
    path: '/audio/transcriptions',
    readUsage: readResponseUsage,
  },
  {
    ...formToUpstream,
    name: 'audio.translations',
    telemetry: 'transcription',
    path: '/audio/translations',
    readUsage: readResponseUsage,
  },
  {
    ...jsonToUpstream,
    name: 'images.generations',
    telemetry: 'image_generation',
    path: '/images/generations',
    fields: { model: ['string', 'required'], prompt: ['string', 'required'], n: 'count' },
    readUsage: readResponseUsage,
  },
  {
    ...formToUpstream,
    name: 'images.edits',
    telemetry: 'image_generation',
    path: '/images/edits',
    readUsage: readResponseUsage,
  },
];

const moderations: Operation = {
  ...jsonToUpstream,
  name: 'moderations',
  telemetry: 'moderation',
  path: '/moderations',
  fields: { model: ['string', 'required'], input: ['text or array', 'required'] },
  outputTokens: () => 0,
};

/** The `type` OpenAI's own service gives with a status; its clients pick their error class by the status. */
function errorType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}

function errorObject(fault: Fault, { requestId }: ErrorContext) {
  const message = `${fault.message} ${fault.action} (request ${requestId})`;
  return { message, type: errorType(fault.status), param: null, code: fault.code };
}

export function openaiError(fault: Fault, context: ErrorContext): WireError {
  return { contentType: 'application/json', body: JSON.stringify({ error: errorObject(fault, context) }) };
}

export function openaiErrorEvent(operation: Operation, fault: Fault, context: ErrorContext): string {
  const error = errorObject(fault, context);
  if (operation.name !== responses.name) return serverSentEvent({ error });
  const { message, code, param } = error;
  return serverSentEvent({ type: 'error', code, message, param, sequence_number: 0 }, 'error');
}

export function openaiModels(names: readonly string[], wanted: string | undefined): string | undefined {
  // The service gives the time a model was made; the policy does not know it, and 0 is the wire's way to say so.
  const describe = (id: string) => ({ id, object: 'model', created: 0, owned_by: 'surety' });
  if (wanted === undefined) return JSON.stringify({ object: 'list', data: names.map(describe) });
  return names.includes(wanted) ? JSON.stringify(describe(wanted)) : undefined;
}

export const openaiRequestHeaders: ReadonlySet<string> = new Set([
  'accept',
  'content-type',
  'idempotency-key',
  'openai-beta',
]);
export const openaiAnswerHeaders: ReadonlySet<string> = new Set([
  'cache-control',
  'content-disposition',
  'content-type',
  'openai-processing-ms',
  'openai-version',
  'retry-after',
  'retry-after-ms',
]);

export const openai: Wire = {
  name: 'openai',
  provider: 'openai',
  prefix: '/v1',
  operations: [chatCompletions, completions, responses, embeddings, moderations, ...media, ...modelLists],
  requestHeaders: openaiRequestHeaders,
  query: new Set(),
  answerHeaders: openaiAnswerHeaders,
  credentialHeaders: (secret) => ['authorization', `Bearer ${secret}`],
  error: openaiError,
  errorEvent: openaiErrorEvent,
  listModels: openaiModels,
};
