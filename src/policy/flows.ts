/** One line of `system.flows`: `agents -> memory`, `agents -> https://api.openai.com`, `outside -> gate`. */
export interface Flow {
  /** A service, or `outside`. */
  readonly from: string;
  readonly to: FlowTarget;
}

export type FlowTarget =
  | { readonly kind: 'service'; readonly name: string }
  /** An address outside the system; `port` as the scheme or the address says. */
  | { readonly kind: 'outside'; readonly host: string; readonly port: number };

/** The word for whoever is not of the system. */
export const outside = 'outside';

const defaultPorts: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };
const shape = /^([a-z][a-z0-9-]{0,62}) ?-> ?(\S+)$/;

/** Undefined for what is no flow. */
export function parseFlow(text: string): Flow | undefined {
  const [, from, target] = shape.exec(text) ?? [];
  if (from === undefined || target === undefined) return undefined;
  if (/^[a-z][a-z0-9-]{0,62}$/.test(target))
    return target === outside ? undefined : { from, to: { kind: 'service', name: target } };
  const url = URL.parse(target);
  const port = url ? (defaultPorts[url.protocol] ?? Number(url.port)) : 0;
  if (!url || url.hostname === '' || port === 0 || from === outside) return undefined;
  return {
    from,
    to: { kind: 'outside', host: url.hostname, port: url.port === '' ? port : Number(url.port) },
  };
}
