import type { Fault } from '../../kernel/index.ts';

/** A fault as problem details (RFC 9457). */
export function problem(fault: Fault): Response {
  const body = {
    type: `urn:surety:fault:${fault.code}`,
    title: fault.message,
    status: fault.status,
    detail: fault.action,
    code: fault.code,
  };
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  if (fault.retryAfterMs !== undefined)
    headers.set('retry-after', String(Math.max(1, Math.ceil(fault.retryAfterMs / 1000))));
  if (fault.status === 401) headers.set('www-authenticate', 'Bearer realm="surety operators"');
  return Response.json(body, { status: fault.status, headers });
}
