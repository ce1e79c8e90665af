import type { Fault, JsonObject } from '../../../kernel/index.ts';
import { modelLists } from './model-lists.ts';
import { maximumNames } from './output.ts';
import { outputCharacters } from './output-characters.ts';
import { arrayAt, isObject, lengthAt, objectAt, textAt } from './reading.ts';
import { serverSentEvent } from './sse.ts';
import { readCompletionUsage, readPromptUsage, readResponseUsage } from './usage.ts';
import type {
  ErrorContext,
  FieldRules,
  Operation,
  StreamReading,
  Wire,
  WireError,
  TokenUsage,
} from './wire.ts';

/** Whatever counts as a maximum somewhere is a count everywhere, so that no service reads one that the gateway did not. */
const maxima: FieldRules = Object.fromEntries(maximumNames.map((name) => [name, 'count'] as const));
const sampling: FieldRules = { stream: 'boolean', n: 'count', best_of: 'count', ...maxima };

/** Reads a `chat.completion.chunk` (and the older `text_completion`): the new characters of every choice, and usage. */
function readChatEvent(document: JsonObject): StreamReading {
  const choices = arrayAt(document, 'choices');
  let characters = 0;
  for (const choice of choices) {
    if (!isObject(choice)) continue;
    characters +=
      lengthAt(choice, 'text') + outputCharacters(choice['delta']) + outputCharacters(choice['message']);
  }
  const usage = readCompletionUsage(document);
  const onlyUsage = usage !== undefined && choices.length === 0;
  return { characters, usage, onlyUsage, final: onlyUsage };
}

/** Events of the responses API: `*.delta` events carry text in `delta`; the last one carries the whole response. */
function readResponseEvent(document: JsonObject): StreamReading {
  const response = objectAt(document, 'response');
  const type = textAt(document, 'type');
  return {
    characters: type?.endsWith('.delta') ? outputCharacters(document['delta']) : 0,
    usage: response && readResponseUsage(response),
    final: type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed',
  };
}

/** Compatible services report sound, pictures and moderations in either of the two forms. */
function readMediaUsage(holder: JsonObject): Partial<TokenUsage> | undefined {
  return readResponseUsage(holder) ?? readCompletionUsage(holder);
}

/** Events of sound and pictures: the last one has the usage at its top. */
function readMediaEvent(document: JsonObject): StreamReading {
  const usage = readMediaUsage(document);
  return { characters: lengthAt(document, 'delta'), usage, final: usage !== undefined };
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
  output: { kind: 'text', sent: 'max_completion_tokens' },
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
  output: { kind: 'text', sent: 'max_tokens' },
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
    n: 'count',
    best_of: 'count',
    ...maxima,
    tools: 'array',
  },
  stateful: ['store', 'previous_response_id', 'conversation', 'background', 'prompt'],
  holdsItems: true,
  // What is left out here is stored, and can be read back by its id by whoever holds the shared credential.
  forced: { store: 'false' },
  output: { kind: 'text', sent: 'max_output_tokens' },
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
  output: { kind: 'none' },
  readUsage: readPromptUsage,
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
    output: { kind: 'media' },
    readUsage: readMediaUsage,
    readEvent: readMediaEvent,
  },
  {
    ...formToUpstream,
    name: 'audio.transcriptions',
    telemetry: 'transcription',
    path: '/audio/transcriptions',
    output: { kind: 'media' },
    readUsage: readMediaUsage,
    readEvent: readMediaEvent,
  },
  {
    ...formToUpstream,
    name: 'audio.translations',
    telemetry: 'transcription',
    path: '/audio/translations',
    output: { kind: 'media' },
    readUsage: readMediaUsage,
    readEvent: readMediaEvent,
  },
  {
    ...jsonToUpstream,
    name: 'images.generations',
    telemetry: 'image_generation',
    path: '/images/generations',
    fields: { model: ['string', 'required'], prompt: ['string', 'required'], n: 'count' },
    output: { kind: 'media' },
    readUsage: readMediaUsage,
    readEvent: readMediaEvent,
  },
  {
    ...formToUpstream,
    name: 'images.edits',
    telemetry: 'image_generation',
    path: '/images/edits',
    output: { kind: 'media' },
    readUsage: readMediaUsage,
    readEvent: readMediaEvent,
  },
];

const moderations: Operation = {
  ...jsonToUpstream,
  name: 'moderations',
  telemetry: 'moderation',
  path: '/moderations',
  fields: { model: ['string', 'required'], input: ['text or array', 'required'] },
  output: { kind: 'none' },
  readUsage: readMediaUsage,
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
