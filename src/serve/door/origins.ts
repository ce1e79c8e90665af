import { Fault } from '../../kernel/index.ts';

/** Where a request came in, as the socket says it. */
export interface Arrival {
  /** The port's own address and port. */
  readonly localAddress: string;
  readonly localPort: number;
}

const loopback = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/**
 * The one origin a request is for, judged by its Host: the policy's address; or on loopback a loopback name with our port. A name that
 * merely resolves to us is what DNS rebinding looks like. Throws Fault `operator.host`.
 */
export function originOf(host: string | null, address: string | undefined, arrival: Arrival): string {
  const asked = (host ?? '').toLowerCase();
  if (address !== undefined && asked === new URL(address).host) return address;
  const { localAddress, localPort } = arrival;
  const names = [`127.0.0.1:${localPort}`, `localhost:${localPort}`, `[::1]:${localPort}`];
  if (loopback.test(localAddress) && names.includes(asked)) return `http://${asked}`;
  throw new Fault('operator.host');
}

export interface Provenance {
  readonly method: string;
  readonly headers: Headers;
  /** Of the request, from `originOf`. */
  readonly origin: string;
  /** Whether a cookie says who is asking: a browser sends it whoever wrote the page. */
  readonly byCookie: boolean;
  /** A page a person goes to, also by a link from elsewhere. */
  readonly isNavigation: boolean;
}

/**
 * Throws Fault `operator.origin` for what another site's page could have sent. A foreign Origin is refused with any method, as is a
 * request a browser calls cross-site; a write by cookie must say that it comes from us.
 */
export function requireOwnSite({ method, headers, origin, byCookie, isNavigation }: Provenance): void {
  const stated = headers.get('origin');
  if (stated !== null && stated !== origin) throw new Fault('operator.origin');
  const site = headers.get('sec-fetch-site');
  const reads = method === 'GET' || method === 'HEAD';
  const mayCome = isNavigation && reads && headers.get('sec-fetch-mode') === 'navigate';
  if (site !== null && site !== 'same-origin' && site !== 'none' && !mayCome)
    throw new Fault('operator.origin');
  if (byCookie && !reads && stated === null) throw new Fault('operator.origin');
}
