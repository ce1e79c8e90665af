import type { Fault } from '../../kernel/index.ts';
import type { Arrived, Recorded, Underway } from './states.ts';
import type { LimitHeaders } from '../limits/index.ts';
import type { Wire } from './wire/wire.ts';
import { generic } from './wire/generic.ts';

/** The headers of the gate on every recorded answer. */
export function answerHeaders(state: Recorded): string[] {
  const headers = ['x-request-id', state.requestId, 'surety-entry', state.entryId];
  // Anthropic's clients read their request id from this one.
  if (state.route.wire.name === 'anthropic') headers.push('request-id', state.requestId);
  pushLimit(state.admission?.headers(), headers);
  return headers;
}

function pushLimit(limit: LimitHeaders | undefined, headers: string[]): void {
  if (limit) headers.push('ratelimit', limit.rateLimit, 'ratelimit-policy', limit.rateLimitPolicy);
}

/** What a refusal carries beside its fault. */
interface Refusal {
  /** Undefined only where nothing could be recorded. */
  readonly entryId: string | undefined;
  readonly wire?: Wire | undefined;
  readonly limit?: LimitHeaders | undefined;
}

/** RFC 6750 section 3: which error it was is said only where a credential was sent; never why. */
function challengeOf({ code }: Fault): string {
  return code === 'credential.missing' ? 'Bearer' : 'Bearer error="invalid_token"';
}

/** Answers with a fault in the form of the wire. */
export function sendFault(state: Arrived, fault: Fault, { entryId, limit, ...refusal }: Refusal): void {
  const { call, requestId } = state;
  if (call.answer.started || call.abandoned) return;
  const wire = refusal.wire ?? (state as Underway).route?.wire ?? generic;
  const { contentType, body } = wire.error(fault, { requestId });
  const headers = [
    'content-type',
    contentType,
    'content-length',
    String(Buffer.byteLength(body)),
    'x-request-id',
    requestId,
  ];
  if (entryId !== undefined) headers.push('surety-entry', entryId);
  if (wire.name === 'anthropic') headers.push('request-id', requestId);
  if (fault.status === 401) headers.push('www-authenticate', challengeOf(fault));
  if (fault.retryAfterMs !== undefined)
    headers.push('retry-after', String(Math.max(1, Math.ceil(fault.retryAfterMs / 1000))));
  pushLimit(limit, headers);
  call.answer.send(fault.status, headers, body);
}
