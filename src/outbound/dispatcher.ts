import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import { Fault } from '../kernel/index.ts';
import { guardedLookup, refuseLiteral } from './address-guard.ts';

/** How a service may be reached, as the policy says it. */
export interface Reach {
  /** Private and loopback addresses, and plain http, are meant. */
  readonly private: boolean;
  /** An egress proxy (CONNECT). */
  readonly proxy?: string | undefined;
  /** A PEM file of the authorities it is checked by, instead of the usual ones. */
  readonly ca?: string | undefined;
}

export interface DispatcherOptions {
  /** How faults call the service. */
  readonly name: string;
  readonly reach: Reach;
  readonly connectTimeoutMs: number;
  readonly connections: number;
  /** The one origin it is for; undefined: any. */
  readonly origin?: string;
}

/** Connections that go only where `reach` allows. Redirects are handed back as they are. Throws Fault `policy.invalid` where the `ca` cannot be read. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { name, reach, connectTimeoutMs, connections, origin } = options;
  const ca = reach.ca === undefined ? undefined : readAuthorities(name, reach.ca);
  const shared = { pipelining: 1, connections, keepAliveTimeout: 30_000 };
  if (reach.proxy) {
    return new ProxyAgent({
      uri: reach.proxy,
      ...shared,
      // CONNECT also for plain http: the proxy sees where to, never the credential.
      proxyTunnel: true,
      connectTimeout: connectTimeoutMs,
      ...(ca !== undefined && { requestTls: { ca } }),
    });
  }
  const connect = guardedConnector(reach, connectTimeoutMs, ca);
  return origin === undefined ? new Agent({ ...shared, connect }) : new Pool(origin, { ...shared, connect });
}

/** Throws Fault `policy.invalid`: found out when the policy is put in force, not by the first call. */
function readAuthorities(name: string, file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    assertCertificate(text);
    return text;
  } catch (cause) {
    const problem = cause instanceof Error && 'syscall' in cause ? 'cannot be read' : 'holds no certificate';
    throw new Fault('policy.invalid', { detail: `The ca of ${name}, ${file}, ${problem}.`, cause });
  }
}

/** Throws for a text that does not begin with a certificate. */
function assertCertificate(pem: string): X509Certificate {
  return new X509Certificate(pem);
}

function guardedConnector(reach: Reach, timeout: number, ca: string | undefined): buildConnector.connector {
  const plain = buildConnector({
    timeout,
    lookup: guardedLookup(reach.private),
    ...(ca !== undefined && { ca }),
  });
  return (options, callback) => {
    const refused = refuseLiteral(options.hostname, reach.private);
    if (refused) callback(refused, null);
    else plain(options, callback);
  };
}
