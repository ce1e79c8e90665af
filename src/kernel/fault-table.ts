import { operatorFaults } from './operator-faults.ts';

/** What every failure row says: the HTTP status, a fixed public sentence, and what the reader can do about it. */
interface FaultRow {
  readonly status: number;
  readonly title: string;
  readonly action: string;
}

/**
 * The one table of failure codes. A code is a stable interface: clients match on it, ledger entries and metrics carry
 * it, `docs/errors.md` is generated from it. Titles and actions are fixed texts, so that nothing a caller sent can
 * come back through them; what varies goes to `Fault.detail`, which must hold no credential and no prompt text.
 */
export const faultTable = {
  // What the caller sent cannot be taken at all.
  'request.malformed': {
    status: 400,
    title: 'The request is not valid HTTP.',
    action: 'Send a well-formed HTTP/1.1 request.',
  },
  'request.framing': {
    status: 400,
    title: 'The request framing is ambiguous.',
    action: 'Send one Host header and either one Content-Length or Transfer-Encoding: chunked.',
  },
  'request.target': {
    status: 400,
    title: 'The request target is not an unambiguous path.',
    action:
      'Send an origin-form path without dot segments, encoded slashes, backslashes or control characters.',
  },
  'request.version': { status: 505, title: 'This HTTP version is not served here.', action: 'Use HTTP/1.1.' },
  'request.upgrade': {
    status: 501,
    title: 'Protocol upgrades are not served here.',
    action: 'Send a plain HTTP/1.1 request; use server-sent events for streams.',
  },
  'request.headers-too-large': {
    status: 431,
    title: 'The request headers are too large.',
    action: 'Send fewer or shorter headers.',
  },
  'request.timeout': {
    status: 408,
    title: 'The request did not arrive in time.',
    action: 'Send the whole request promptly.',
  },
  'request.address': {
    status: 403,
    title: 'This address may not call the gate.',
    action: 'Call from an address the policy allows.',
  },
  'body.too-large': {
    status: 413,
    title: 'The request body is larger than the limit.',
    action: 'Send a smaller body.',
  },
  'body.encoding': {
    status: 415,
    title: 'The request body is encoded.',
    action: 'Send the body without Content-Encoding.',
  },
  'body.media-type': {
    status: 415,
    title: 'The request body has the wrong media type.',
    action: 'Send the media type the operation takes.',
  },
  'body.invalid': {
    status: 400,
    title: 'The request body is not valid.',
    action: 'Mend the body at the named place.',
  },
  // Who the caller is.
  'credential.missing': {
    status: 401,
    title: 'No credential was sent.',
    action: 'Send an API key or a token as "Authorization: Bearer …".',
  },
  'credential.ambiguous': {
    status: 400,
    title: 'More than one credential was sent.',
    action: 'Send exactly one of Authorization, x-api-key and api-key, once.',
  },
  'credential.malformed': {
    status: 401,
    title: 'The credential is not an API key of this gate.',
    action: 'Send the whole key as it was issued.',
  },
  'credential.unknown': {
    status: 401,
    title: 'The API key is not known.',
    action: 'Ask the operator of this gate for a key.',
  },
  'credential.expired': {
    status: 401,
    title: 'The API key has expired.',
    action: 'Ask the operator of this gate for a new key.',
  },
  'credential.revoked': {
    status: 401,
    title: 'The API key was revoked.',
    action: 'Ask the operator of this gate for a new key.',
  },
  'credential.withdrawn': {
    status: 403,
    title: 'The role or the team of the API key is withdrawn.',
    action: 'Ask the operator of this gate when it will be restored.',
  },
  'credential.address': {
    status: 403,
    title: 'The API key may not be used from this address.',
    action: 'Call from an address the key allows.',
  },
  'credential.token': {
    status: 401,
    title: 'The token was not accepted.',
    action: 'Get a new token for this gate from your identity provider.',
  },
  'credential.attempts': {
    status: 429,
    title: 'Too many credentials failed.',
    action: 'Wait as long as Retry-After says.',
  },
  // What the caller may do.
  'route.unknown': {
    status: 404,
    title: 'There is no such route.',
    action: 'Check the path against the routes of the policy.',
  },
  'operation.unknown': {
    status: 404,
    title: 'There is no such operation.',
    action: 'Check the method and path against the operations this gate serves.',
  },
  'permission.operation': {
    status: 403,
    title: 'The role does not permit this operation.',
    action: 'Ask the operator of this gate for a role that does.',
  },
  'permission.model': {
    status: 403,
    title: 'The role does not permit this model.',
    action: 'Ask the operator of this gate for a role that does, or use another model.',
  },
  'permission.team': {
    status: 403,
    title: 'The policy no longer has the team of this caller.',
    action: 'Ask the operator of this gate for a team that it has.',
  },
  'model.unknown': {
    status: 404,
    title: 'This route does not serve the model.',
    action: 'List the models of the route and use one of them.',
  },
  // Whose data it is.
  'subject.invalid': {
    status: 400,
    title: 'The data subject is not named in a way that can be kept.',
    action: 'Name it once, in 1 to 400 bytes of UTF-8 without control characters and outer spaces.',
  },
  'subject.missing': {
    status: 400,
    title: 'No data subject is named.',
    action: 'Name it where the policy of this route says (data.subjects).',
  },
  // What the call holds.
  'data.class': {
    status: 403,
    title: 'The call holds data of a class that no service it could go to may see.',
    action: 'Leave the data out, or ask the operator of this gate for a route that may take it.',
  },
  'data.answer': {
    status: 502,
    title: 'The answer of the service was held back for the data in it, or could not be looked into.',
    action: 'Ask for something else, or ask the operator of this gate.',
  },
  'data.uninspected': {
    status: 403,
    title: 'The call could not be searched for personal data and secrets, so it was not sent.',
    action: 'Report the request id to the operator of this gate.',
  },
  // How much the caller may do.
  'limit.address': {
    status: 429,
    title: 'Too many requests from this address.',
    action: 'Wait as long as Retry-After says.',
  },
  'limit.requests': {
    status: 429,
    title: 'The request limit is reached.',
    action: 'Wait as long as Retry-After says.',
  },
  'limit.concurrency': {
    status: 429,
    title: 'Too many calls at once.',
    action: 'Wait for calls in flight to end.',
  },
  'limit.tokens': {
    status: 429,
    title: 'The token limit is reached.',
    action: 'Wait as long as Retry-After says, or ask for fewer tokens.',
  },
  'limit.cost': {
    status: 429,
    title: 'The cost limit is reached.',
    action: 'Wait as long as Retry-After says.',
  },
  // The gate itself.
  overloaded: { status: 503, title: 'The gate is at its limit.', action: 'Try again as Retry-After says.' },
  draining: {
    status: 503,
    title: 'The gate is shutting down.',
    action: 'Try again; another replica will answer.',
  },
  'ledger.unavailable': {
    status: 503,
    title: 'The call could not be recorded, so it was not answered.',
    action: 'Try again as Retry-After says; the operator sees this on /readyz.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong inside the gate.',
    action: 'Report the request id to the operator of this gate.',
  },
  // The services behind the gate.
  'upstream.connect': {
    status: 502,
    title: 'The AI service could not be reached.',
    action: 'Try again later.',
  },
  'upstream.address': {
    status: 502,
    title: 'The AI service resolves to an address that is not allowed.',
    action: 'The operator can say private: true on an upstream meant to be internal.',
  },
  'upstream.broken': { status: 502, title: 'The AI service broke off its answer.', action: 'Try again.' },
  'upstream.redirect': {
    status: 502,
    title: 'The AI service answered with a redirect, which is not followed.',
    action: 'The operator can correct the address of the upstream.',
  },
  'upstream.encoding': {
    status: 502,
    title: 'The AI service encoded its answer though asked not to.',
    action: 'The operator can correct the upstream.',
  },
  'upstream.credential': {
    status: 502,
    title: 'The credential for the AI service could not be read.',
    action: 'The operator can mend the reference in the policy.',
  },
  'upstream.refused': {
    status: 502,
    title: "The AI service refused the gate's own credential.",
    action: 'The operator can mend the credential of the upstream.',
  },
  'upstream.unavailable': {
    status: 503,
    title: 'No AI service that may take this call is healthy.',
    action: 'Try again as Retry-After says.',
  },
  'upstream.timeout-connect': {
    status: 504,
    title: 'The AI service did not accept a connection in time.',
    action: 'Try again later.',
  },
  'upstream.timeout-first-byte': {
    status: 504,
    title: 'The AI service did not begin to answer in time.',
    action: 'Try again later.',
  },
  'upstream.timeout-idle': {
    status: 504,
    title: 'The AI service stopped sending.',
    action: 'Try again later.',
  },
  'upstream.timeout-total': {
    status: 504,
    title: 'The AI service did not finish in time.',
    action: 'Ask for less, or raise the deadline in the policy.',
  },
  // Why an answer under way was cut.
  'stream.revoked': {
    status: 401,
    title: 'The credential was revoked or ended while the answer was under way.',
    action: 'Get a new one from whoever issued it.',
  },
  'stream.forbidden': {
    status: 403,
    title: 'A new policy no longer permits this call.',
    action: 'Ask the operator of this gate.',
  },
  'stream.limit': {
    status: 429,
    title: 'The answer used up its token reservation.',
    action: 'Ask for fewer tokens, or for a higher limit.',
  },
  'stream.slow-reader': {
    status: 408,
    title: 'The answer was not read in time.',
    action: 'Read the answer as it arrives.',
  },
  ...operatorFaults,
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof faultTable;
