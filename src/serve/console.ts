import { createServer, type IncomingMessage } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import { Fault } from '../kernel/index.ts';
import type { Door } from './door/index.ts';
import type { HealthAnswer } from './health.ts';
import type { Metrics } from './metrics.ts';

export interface ConsoleServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface ConsoleOptions {
  readonly listen: { readonly host: string; readonly port: number };
  health(path: string): HealthAnswer;
  readonly metrics: Metrics;
  /** Everything that is neither health nor metrics: the admin API and its sign-in. */
  readonly door: Door;
}

const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const machinePaths = new Set(['/livez', '/readyz', '/metrics']);

/**
 * The console port: health and metrics, which ask for no credential and name nobody; and behind its door the admin API. Threat: a page in a
 * browser that reaches a loopback port through DNS rebinding; so the Host must be an address or `localhost` for the first, and is
 * judged more strictly by the door.
 */
export async function listenConsole({
  listen,
  health,
  metrics,
  door,
}: ConsoleOptions): Promise<ConsoleServer> {
  const passOn = getRequestListener(async (request, { incoming }) => {
    const { localAddress = '', localPort = 0, remoteAddress = '' } = (incoming as IncomingMessage).socket;
    return door.fetch(request, { localAddress, localPort, remoteAddress });
  });
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    const say = (status: number, contentType: string, body: string): void => {
      response.writeHead(status, {
        ...securityHeaders,
        'content-type': contentType,
        'content-length': Buffer.byteLength(body),
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const refuse = (status: number, sentence: string): void =>
      say(status, 'text/plain; charset=utf-8', `${sentence}\n`);
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (!machinePaths.has(path)) return void passOn(request, response);
    if (!isLiteralHost(request.headers.host)) return refuse(421, 'Ask by address, not by a name.');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Only GET is served here.');
    const found = health(path);
    if (found) return say(found.status, 'application/json', found.body);
    metrics.render().then(
      (text) => say(200, metrics.contentType, text),
      () => refuse(500, 'The metrics could not be gathered.'),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new Fault('listen.failed', {
          detail: `The console port ${listen.host}:${listen.port} (${error.code ?? 'error'}).`,
        }),
      );
    });
    server.listen(listen, resolve);
  });
  return {
    host: listen.host,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Kubernetes and Prometheus ask by address; a name in Host is what rebinding looks like. */
function isLiteralHost(host: string | undefined): boolean {
  return host === undefined || /^(localhost|\d+\.\d+\.\d+\.\d+|\[[0-9A-Fa-f:]+\])(:\d+)?$/.test(host);
}
