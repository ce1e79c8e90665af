import { headerValue, passHeaders } from '../headers.ts';
import type { Target } from '../target.ts';
import type { Recorded } from '../states.ts';
import type { UpstreamRequest } from '../upstreams/upstream.ts';
import { withMember } from '../../../kernel/index.ts';

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
  passHeaders(state.headers, wire.requestHeaders, headers);
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
  if (state.text === undefined || state.document === undefined)
    return { body: changed === undefined ? state.body : Buffer.from(changed), usageAdded: false };
  let text = changed ?? state.text;
  if (operation.model === 'body' && model !== undefined && model !== state.model) {
    text = withMember(text, 'model', JSON.stringify(model));
  }
  const usage = state.streaming ? operation.usageRequest?.(state.document) : undefined;
  if (usage) text = withMember(text, usage.name, usage.value);
  return { body: text === state.text ? state.body : Buffer.from(text), usageAdded: usage !== undefined };
}

function passQuery(query: string, allowed: ReadonlySet<string> | 'all'): string {
  if (query === '' || allowed === 'all') return query;
  const kept = [...new URLSearchParams(query)].filter(([name]) => allowed.has(name));
  return kept.length > 0 ? `?${new URLSearchParams(kept).toString()}` : '';
}
