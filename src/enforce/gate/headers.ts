/** Header fields with lower-case names, in the order they came. */
export interface HeaderList {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** From name, value, name, value, …. */
export function readHeaders(raw: readonly string[]): HeaderList {
  const names: string[] = [];
  const values: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    names.push((raw[index] as string).toLowerCase());
    values.push(raw[index + 1] as string);
  }
  return { names, values };
}

/** The first value of a field, or undefined. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  const index = headers.names.indexOf(name);
  return index < 0 ? undefined : headers.values[index];
}

/**
 * Fields that never cross the gate, in either direction: those of one connection (RFC 9110 section 7.6.1), the credentials of
 * either side, and what the gate sets itself.
 */
export const heldBack: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'authorization',
  'x-api-key',
  'api-key',
  'cookie',
  'set-cookie',
  'host',
  'content-length',
  'accept-encoding',
  'content-encoding',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  'x-client-ip',
  'cf-connecting-ip',
  'true-client-ip',
  'x-request-id',
  'traceparent',
  'tracestate',
  'surety-entry',
  'surety-subject',
  'server',
  'date',
  'alt-svc',
  'strict-transport-security',
]);

/** Fields of which a message has one at most (RFC 9110): of two, a gateway and a service may each believe another. */
const singletons: ReadonlySet<string> = new Set(
  [
    'host content-length transfer-encoding content-type content-encoding content-range',
    'content-disposition content-language expect range if-range user-agent',
    'if-modified-since if-unmodified-since idempotency-key x-idempotency-key last-event-id',
    'anthropic-version openai-organization openai-project mcp-protocol-version mcp-session-id',
  ].flatMap((line) => line.split(' ')),
);

/** A field that stands twice and may not; undefined where all is well. */
export function repeatedSingleton({ names }: HeaderList): string | undefined {
  return names.find((name, index) => names.indexOf(name) < index && singletons.has(name));
}

/**
 * Whether a policy may have a field passed on to services: not what the gateway sets or holds back, nor what services take for the caller's identity, address or
 * another target.
 */
export function mayPass(name: string): boolean {
  return !heldBack.has(name) && !aboutTheCaller.test(name);
}

const aboutTheCaller =
  /_|^(x-forwarded|x-original|x-rewrite|x-http-method|x-method|x-envoy|x-amz|x-goog|x-ms-client-principal|x-auth|x-remote|x-real|x-client|x-cluster|x-user|x-authenticated|x-webauth|remote-|cf-|true-client|fastly-|fly-|via$)/;

/** Pushes the fields that may cross as name, value, …; also leaves out what `Connection` names. */
export function passHeaders(headers: HeaderList, allowed: ReadonlySet<string> | 'all', into: string[]): void {
  const named = allowed === 'all' ? namedByConnection(headers) : undefined;
  for (let index = 0; index < headers.names.length; index++) {
    const name = headers.names[index] as string;
    if (allowed === 'all' ? heldBack.has(name) || named?.includes(name) : !allowed.has(name)) continue;
    into.push(name, headers.values[index] as string);
  }
}

/** The fields that belong to the connection because a `Connection` field says so. */
function namedByConnection(headers: HeaderList): readonly string[] | undefined {
  if (!headers.names.includes('connection')) return undefined;
  return headers.values
    .filter((_, index) => headers.names[index] === 'connection')
    .flatMap((value) => value.toLowerCase().split(','))
    .map((name) => name.trim());
}
