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

export function headerCount(headers: HeaderList, name: string): number {
  let count = 0;
  for (const found of headers.names) if (found === name) count++;
  return count;
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
