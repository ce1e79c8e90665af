import type { Fault } from '../../../kernel/index.ts';
import type { ErrorContext, Wire, WireError } from './wire.ts';

/** RFC 9457 problem details. */
export function problemDetails(fault: Fault, { requestId }: ErrorContext): WireError {
  const problem = {
    type: `urn:surety:fault:${fault.code}`,
    title: fault.message,
    status: fault.status,
    detail: fault.action,
    code: fault.code,
    requestId,
  };
  return { contentType: 'application/problem+json', body: JSON.stringify(problem) };
}

/**
 * What a caller may say to an agent: how it takes and sends content, conditions, and the headers of MCP over streamable HTTP. A list of what passes, since agents
 * and the frameworks below them believe any number of headers about who is calling and from where (`X-Forwarded-User`, `X-Original-URL`, with `_` for `-`
 * too). A route names more of its own in `headers`.
 */
const genericRequestHeaders: ReadonlySet<string> = new Set(
  [
    'accept accept-language content-type content-language content-disposition content-range',
    'if-match if-none-match if-modified-since if-unmodified-since if-range range',
    'cache-control pragma prefer last-event-id idempotency-key user-agent',
    'mcp-protocol-version mcp-session-id a2a-version a2a-extensions',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Plain HTTP for agents, RAG services and MCP over streamable HTTP: one operation that takes every method and path under the
 * route. Nothing is known of models or tokens, so only requests and concurrency can be limited. A cut answer is broken
 * off, since no error event can be presumed.
 */
export const generic: Wire = {
  name: 'generic',
  provider: 'generic',
  prefix: '',
  operations: [
    {
      name: 'http',
      telemetry: 'invoke_agent',
      method: 'ANY',
      path: '/**',
      body: 'any',
      model: 'none',
      answeredBy: 'upstream',
      output: { kind: 'none' },
    },
  ],
  requestHeaders: genericRequestHeaders,
  query: 'all',
  answerHeaders: 'all',
  credentialHeaders: (secret) => ['authorization', `Bearer ${secret}`],
  error: problemDetails,
  errorEvent: () => undefined,
};
