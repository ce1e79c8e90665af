import { type Clock, Fault, type Log } from '../../../kernel/index.ts';
import { createDispatcher, refuseLiteral } from '../../../outbound/index.ts';
import type { LiveSecret } from '../../../secrets/index.ts';
import type { UpstreamSection } from '../section.ts';
import type { Wire } from '../wire/wire.ts';
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
  const { origin } = base;
  const basePath = base.pathname.replace(/\/$/, '');
  // An address may be written with the wire's version (`…/v1`) or without.
  const pathStart = wire.prefix !== '' && basePath.endsWith(wire.prefix) ? wire.prefix.length : 0;
  const dispatcher = createDispatcher({
    name,
    reach: remote,
    connectTimeoutMs: remote.deadlines.connect,
    connections: remote.connections,
    origin,
  });
  const breaker: Breaker = createBreaker({
    failures: remote.breaker.failures,
    pauseMs: remote.breaker.pause,
    clock,
  });
  const health = remote.health && createHealth({ name, dispatcher, origin, health: remote.health, log });

  return {
    name,
    holdsCredential: credential !== undefined,
    totalDeadlineMs: remote.deadlines.total,
    available: () => breaker.available() && health?.healthy !== false,
    send(request, events) {
      const exchange = new HttpExchange(events, breaker, remote.deadlines);
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
          origin,
          path: basePath + request.path.slice(pathStart),
          method: request.method,
          headers,
          body: request.body ?? null,
          // The exchange looks after its deadlines itself.
          headersTimeout: 0,
          bodyTimeout: 0,
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
