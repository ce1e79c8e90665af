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
      outputTokens: () => 0,
    },
  ],
  requestHeaders: 'all',
  query: 'all',
  answerHeaders: 'all',
  credentialHeaders: (secret) => ['authorization', `Bearer ${secret}`],
  error: problemDetails,
  errorEvent: () => undefined,
};
