import { percentDecoded } from '../../privacy/index.ts';
import { headerValue, passHeaders } from '../headers.ts';
import type { Attributed } from '../states.ts';

/** Values that say nothing, of headers that nearly every call has. */
const usualValues = new Set([
  '*/*',
  'application/json',
  'application/json; charset=utf-8',
  'application/json, text/event-stream',
  'text/event-stream',
]);

/**
 * What of a call's path, query and headers goes to the service, as detectors read it: where the wire passes everything on, everything; else what it passes. It
 * cannot be replaced. Not inspected are values of the shapes below, which proxies and tracers write.
 */
export function envelopeTextsOf(state: Attributed): readonly string[] {
  const { route, operation, query, headers } = state;
  const { wire } = route;
  const texts: string[] = [];
  if (operation.pathModel !== undefined) texts.push(operation.pathModel);
  if (wire.query === 'all') {
    const written = `${operation.path}${query}`;
    if (written !== '/') texts.push(percentDecoded(written.replaceAll('+', ' ')));
  } else if (query !== '') {
    for (const [name, value] of new URLSearchParams(query)) if (wire.query.has(name)) texts.push(value);
  }
  const crossing: string[] = [];
  passHeaders(headers, route.requestHeaders, crossing);
  for (let index = 0; index + 1 < crossing.length; index += 2)
    addHeader(texts, crossing[index] ?? '', crossing[index + 1] ?? '');
  const tracestate = headerValue(headers, 'tracestate');
  if (tracestate !== undefined) addHeader(texts, 'tracestate', tracestate);
  return texts;
}

function addHeader(texts: string[], name: string, value: string): void {
  if (usualValues.has(value)) return;
  for (const { names, shape } of exemptHeaders) if (names.test(name) && shape.test(value)) return;
  // `Chrome/126.0.0.0`: the version of a product looks like an address.
  const read = name === 'user-agent' ? value.replace(/\/v?\d+(?:\.\d+)*/g, '/') : value;
  texts.push(`${name}: ${percentDecoded(read)}`);
}

/** Headers that are not inspected while their values have the shape. */
const exemptHeaders: readonly { readonly names: RegExp; readonly shape: RegExp }[] = [
  // Numbers of traces, which are as long as card numbers.
  {
    names: /^(?:b3|x-b3-.+|x-datadog-.+|x-cloud-trace-context|sentry-trace|uber-trace-id|x-amzn-trace-id)$/,
    shape: /^[\da-fA-F:;=,/_-]{1,128}$|^(?:Root|Parent|Sampled|Self|Lineage|[\da-fA-F:;=,/_-]|\s){1,128}$/,
  },
  // Addresses that a proxy in front of the gate wrote.
  {
    names: /(?:forwarded-for|client-ip|external-address|remote-addr|real-ip|connecting-ip)$/,
    shape: /^[\da-fA-F.:, ]{1,256}$/,
  },
  // Versions: `"Chromium";v="126.0.6478.127"`.
  { names: /^sec-ch-ua/, shape: /^[\w ."=;,()?/-]{0,256}$/ },
];
