import type { FaultCode } from '../../../kernel/index.ts';
import { type HeaderList, headerValue } from '../headers.ts';

/** 429 and the 5xx that another try or another service may mend. 529 is Anthropic's "overloaded". */
const retryable = new Set([408, 429, 500, 502, 503, 504, 529]);

export function isRetryableStatus(status: number): boolean {
  return retryable.has(status);
}

/** Failures before the head of an answer; timeouts of the whole call are not among them. */
export function isRetryableFault(code: FaultCode): boolean {
  return (
    code === 'upstream.connect' ||
    code === 'upstream.broken' ||
    code === 'upstream.timeout-connect' ||
    code === 'upstream.credential'
  );
}

/** Failures before the service can have read anything of the request. */
export function isFaultBeforeSending(code: FaultCode): boolean {
  return beforeSending.has(code);
}

const beforeSending: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'upstream.connect',
  'upstream.timeout-connect',
  'upstream.credential',
  'upstream.address',
  'upstream.unavailable',
]);

const firstDelayMs = 50;

/**
 * How long to wait before the next try: what the service said (`Retry-After` in seconds or as a date, RFC 9110 section 10.2.3), else doubling
 * from 50 ms with full jitter. Undefined: the service asks for more patience than the policy has, so its answer is passed on.
 */
export function retryDelay(
  tries: number,
  headers: HeaderList | undefined,
  longestMs: number,
): number | undefined {
  const said = headers && headerValue(headers, 'retry-after');
  if (said !== undefined) {
    const seconds = /^\d+(\.\d+)?$/.test(said) ? Number(said) : (Date.parse(said) - Date.now()) / 1000;
    if (Number.isFinite(seconds))
      return seconds * 1000 <= longestMs ? Math.max(0, seconds * 1000) : undefined;
  }
  return Math.random() * firstDelayMs * 2 ** tries;
}
