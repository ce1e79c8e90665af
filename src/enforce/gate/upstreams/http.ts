import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import { type Clock, Fault, type Log } from '../../../kernel/index.ts';
import type { LiveSecret } from '../../../secrets/index.ts';
import type { UpstreamSection } from '../section.ts';
import type { Wire } from '../wire/wire.ts';
import { guardedLookup, refuseLiteral } from './address-guard.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { createHealth } from './health.ts';
import { HttpExchange } from './http-exchange.ts';
import type { Upstream } from './upstream.ts';

/** What describes a service: an upstream of the policy, or the one service of a generic route. */
export type RemoteSection = Pick<
  UpstreamSection,
  'private' | 'proxy' | 'ca' | 'connections' | 'deadlines' | 'breaker' | 'health'
> & { readonly url: string };

interface HttpUpstreamOptions {
  readonly name: string;
  readonly remote: RemoteSection;
  readonly credential: LiveSecret | undefined;
  /** The wire of the routes that lead to it: how it wants its credential, and its version prefix. */
  readonly wire: Wire;
  readonly clock: Clock;
  readonly log: Log;
}

/** A service reached over HTTP/1.1. Redirects are never followed: undici's dispatch hands them back as they are. */
export function createHttpUpstream(options: HttpUpstreamOptions): Upstream {
  const { name, remote, credential, wire, clock, log } = options;
  const base = new URL(remote.url);
  const basePath = base.pathname.replace(/\/$/, '');
  // An address may be written with the wire's version (`…/v1`) or without.
  const pathStart = wire.prefix !== '' && basePath.endsWith(wire.prefix) ? wire.prefix.length : 0;
  const dispatcher = createDispatcher(name, remote, base);
  const breaker: Breaker = createBreaker({
    failures: remote.breaker.failures,
    pauseMs: remote.breaker.pause,
    clock,
  });
  const health =
    remote.health && createHealth({ name, dispatcher, origin: base.origin, health: remote.health, log });

  return {
    name,
    holdsCredential: credential !== undefined,
    totalDeadlineMs: remote.deadlines.total,
    available: () => breaker.available() && health?.healthy !== false,
    send(request, events) {
      const exchange = new HttpExchange(events, breaker);
      let headers: string[];
      try {
        headers = credential
          ? [...request.headers, ...wire.credentialHeaders(credential.current().reveal())]
          : request.headers;
      } catch (error) {
        exchange.failBeforeSending(error instanceof Fault ? 'upstream.credential' : 'internal');
        return exchange;
      }
      // A proxy resolves the name of the service itself, so only an address can be checked here; without one the connector looks at both.
      if (remote.proxy !== undefined && refuseLiteral(base.hostname, remote.private)) {
        exchange.failBeforeSending('upstream.address');
        return exchange;
      }
      headers.push('accept-encoding', 'identity');
      breaker.begin();
      dispatcher.dispatch(
        {
          origin: base.origin,
          path: basePath + request.path.slice(pathStart),
          method: request.method,
          headers,
          body: request.body ?? null,
          headersTimeout: remote.deadlines.firstByte,
          bodyTimeout: remote.deadlines.idle,
        },
        exchange,
      );
      return exchange;
    },
    get state() {
      return { circuit: breaker.state, healthy: health?.healthy, credentialReadAt: credential?.readAt };
    },
    async close() {
      health?.close();
      credential?.close();
      await dispatcher.destroy();
    },
  };
}

function createDispatcher(name: string, remote: RemoteSection, base: URL): Dispatcher {
  const ca = remote.ca === undefined ? undefined : readAuthorities(name, remote.ca);
  const connect = guardedConnector(remote, ca);
  const shared = { pipelining: 1, connections: remote.connections, keepAliveTimeout: 30_000 };
  if (remote.proxy) {
    return new ProxyAgent({
      uri: remote.proxy,
      ...shared,
      // CONNECT also for plain http: the proxy sees where to, never the credential.
      proxyTunnel: true,
      connectTimeout: remote.deadlines.connect,
      ...(ca !== undefined && { requestTls: { ca } }),
    });
  }
  return new Pool(base.origin, { ...shared, connect });
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

function guardedConnector(remote: RemoteSection, ca: string | undefined): buildConnector.connector {
  const plain = buildConnector({
    timeout: remote.deadlines.connect,
    lookup: guardedLookup(remote.private),
    ...(ca !== undefined && { ca }),
  });
  return (options, callback) => {
    const refused = refuseLiteral(options.hostname, remote.private);
    if (refused) callback(refused, null);
    else plain(options, callback);
  };
}
