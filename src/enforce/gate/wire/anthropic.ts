import type { Fault, JsonObject } from '../../../kernel/index.ts';
import { modelLists } from './model-lists.ts';
import { objectAt, textAt } from './reading.ts';
import { outputCharacters } from './output-characters.ts';
import { serverSentEvent } from './sse.ts';
import { readMessagesUsage } from './usage.ts';
import type { ErrorContext, Operation, StreamReading, Wire } from './wire.ts';

function readMessageEvent(document: JsonObject): StreamReading {
  switch (textAt(document, 'type')) {
    case 'content_block_delta': {
      return { characters: outputCharacters(document['delta']) };
    }
    case 'content_block_start':
      return { characters: outputCharacters(document['content_block']) };
    case 'message_start':
      return { characters: 0, usage: readMessagesUsage(objectAt(document, 'message')) };
    case 'message_delta':
      return {
        characters: 0,
        usage: readMessagesUsage(document),
        final: typeof objectAt(document, 'delta')?.['stop_reason'] === 'string',
      };
    default:
      return { characters: 0 };
  }
}

const messages: Operation = {
  name: 'messages',
  telemetry: 'chat',
  method: 'POST',
  path: '/messages',
  body: 'json',
  model: 'body',
  answeredBy: 'upstream',
  fields: {
    model: ['string', 'required'],
    messages: ['array', 'required'],
    max_tokens: ['count', 'required'],
    stream: 'boolean',
    system: 'text or array',
    tools: 'array',
  },
  // A code-execution container outlives the call and is reached by its id; servers would be reached from the service's network.
  stateful: ['container', 'mcp_servers'],
  output: { kind: 'text', sent: 'max_tokens' },
  readUsage(document) {
    const usage = readMessagesUsage(document);
    return usage && { reasoning: 0, ...usage };
  },
  readEvent: readMessageEvent,
};

const countTokens: Operation = {
  name: 'messages.count_tokens',
  telemetry: 'count_tokens',
  method: 'POST',
  path: '/messages/count_tokens',
  body: 'json',
  model: 'body',
  answeredBy: 'upstream',
  fields: {
    model: ['string', 'required'],
    messages: ['array', 'required'],
    system: 'text or array',
    tools: 'array',
  },
  output: { kind: 'none' },
  free: true,
};

/** Anthropic's error types by status (their API reference, "Errors"). */
function errorType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 413) return 'request_too_large';
  if (status === 429) return 'rate_limit_error';
  if (status === 503) return 'overloaded_error';
  return status < 500 ? 'invalid_request_error' : 'api_error';
}

function errorObject(fault: Fault, { requestId }: ErrorContext) {
  const message = `${fault.message} ${fault.action} [${fault.code}]`;
  return { type: 'error', error: { type: errorType(fault.status), message }, request_id: requestId };
}

export const anthropic: Wire = {
  name: 'anthropic',
  provider: 'anthropic',
  prefix: '/v1',
  operations: [messages, countTokens, ...modelLists],
  requestHeaders: new Set([
    'accept',
    'content-type',
    'anthropic-version',
    'anthropic-beta',
    'idempotency-key',
  ]),
  query: new Set(['beta']),
  answerHeaders: new Set(['cache-control', 'content-type', 'retry-after']),
  credentialHeaders: (secret) => ['x-api-key', secret],
  error: (fault, context) => ({
    contentType: 'application/json',
    body: JSON.stringify(errorObject(fault, context)),
  }),
  errorEvent: (_operation, fault, context) => serverSentEvent(errorObject(fault, context), 'error'),
  listModels(names, wanted) {
    const describe = (id: string) => ({
      type: 'model',
      id,
      display_name: id,
      created_at: '1970-01-01T00:00:00Z',
    });
    if (wanted !== undefined) return names.includes(wanted) ? JSON.stringify(describe(wanted)) : undefined;
    const ends = { first_id: names[0] ?? null, last_id: names.at(-1) ?? null };
    return JSON.stringify({ data: names.map(describe), has_more: false, ...ends });
  },
};
