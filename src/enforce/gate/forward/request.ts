import { createHash } from 'node:crypto';
import { headerValue, passHeaders } from '../headers.ts';
import type { Target } from '../target.ts';
import type { Recorded } from '../states.ts';
import type { UpstreamRequest } from '../upstreams/upstream.ts';
import { withFirstMember, withMember } from '../../../kernel/index.ts';
import { chatCompletions } from '../wire/openai.ts';

export interface PreparedRequest {
  readonly request: UpstreamRequest;
  /** The gate asked for usage that the caller did not ask for; the extra event is taken out again. */
  readonly usageAdded: boolean;
}

/** The request as one target gets it. The body passes unchanged, byte for byte, unless the target names the model differently, usage is asked for, or values are taken out that it may not see. */
export function prepareRequest(state: Recorded, target: Target): PreparedRequest {
  const { wire } = state.route;
  const { operation, path } = state.operation;
  const model = target.model ?? state.model;
  const headers: string[] = [];
  passHeaders(state.headers, state.route.requestHeaders, headers);
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (scopedHeaders.has(name)) headers[index + 1] = scopedToCaller(state, headers[index + 1] as string);
    else if (state.form && name === 'content-type') headers[index + 1] = state.form.contentType;
  }
  headers.push('x-request-id', state.requestId);
  const traceparent = headerValue(state.headers, 'traceparent');
  if (traceparent !== undefined && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)) {
    headers.push('traceparent', traceparent);
    const tracestate = headerValue(state.headers, 'tracestate');
    if (tracestate !== undefined && tracestate.length <= 512) headers.push('tracestate', tracestate);
  }

  const { body, usageAdded } = prepareBody(state, target, model);
  const upstreamPath =
    operation.model === 'path' && model !== undefined
      ? path.replace('{model}', encodeURIComponent(model))
      : path;
  return {
    usageAdded,
    request: {
      method: state.call.method,
      path: wire.prefix + upstreamPath + passQuery(state.query, wire.query),
      headers,
      body: body.length > 0 ? body : undefined,
      operation: operation.name,
      model,
      streaming: state.streaming,
    },
  };
}

function prepareBody(
  state: Recorded,
  target: Target,
  model: string | undefined,
): { body: Buffer; usageAdded: boolean } {
  const { operation } = state.operation;
  const changed = state.inspection?.textFor(target);
  const { document } = state;
  if (state.text === undefined || document === undefined)
    return { body: changed === undefined ? state.body : Buffer.from(changed), usageAdded: false };
  let text = changed ?? state.text;
  if (operation.model === 'body' && model !== undefined && model !== state.model) {
    text = withMember(text, 'model', JSON.stringify(model));
  }
  const usage = state.streaming ? operation.usageRequest?.(document) : undefined;
  if (usage) text = withMember(text, usage.name, usage.value);
  const set = (name: string, value: string): void => {
    // What is not there is put in front, without a search for it.
    text = document[name] === undefined ? withFirstMember(text, name, value) : withMember(text, name, value);
  };
  if (state.sentMaximum !== undefined) set(maximumMember(state, target), String(state.sentMaximum));
  for (const name in operation.forced) {
    const value = operation.forced[name];
    if (value !== undefined && JSON.stringify(document[name]) !== value) set(name, value);
  }
  const cacheKey = document['prompt_cache_key'];
  if (typeof cacheKey === 'string')
    text = withMember(text, 'prompt_cache_key', JSON.stringify(scopedToCaller(state, cacheKey)));
  return { body: text === state.text ? state.body : Buffer.from(text), usageAdded: usage !== undefined };
}

/** Where the maximum of an answer stands: in the member the caller wrote 0 into, else where the service takes it. */
function maximumMember({ asked, operation: { operation }, snapshot }: Recorded, target: Target): string {
  if (asked.zeroAt !== undefined) return asked.zeroAt;
  const { output, name } = operation;
  const sent = output.kind === 'text' ? output.sent : 'max_tokens';
  const chosen = snapshot.policy.gate.upstreams[target.upstream]?.maximum;
  return name === chatCompletions.name ? (chosen ?? sent) : sent;
}

/**
 * A key that a service remembers answers or prompts by, made the caller's own: behind the shared credential another caller who sends the same key would
 * otherwise be given the answer, or find out that somebody asked.
 */
function scopedToCaller({ caller, address }: Recorded, key: string): string {
  const whose = caller.kind === 'public' ? address : caller.limitsId;
  return createHash('sha256').update(`${whose.length}:${whose}${key}`).digest('hex').slice(0, 40);
}

const scopedHeaders: ReadonlySet<string> = new Set(['idempotency-key', 'x-idempotency-key']);

function passQuery(query: string, allowed: ReadonlySet<string> | 'all'): string {
  if (query === '' || allowed === 'all') return query;
  const kept = [...new URLSearchParams(query)].filter(([name]) => allowed.has(name));
  return kept.length > 0 ? `?${new URLSearchParams(kept).toString()}` : '';
}
