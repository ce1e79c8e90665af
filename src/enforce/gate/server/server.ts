import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock, FaultCode, Log } from '../../../kernel/index.ts';
import type { Call } from '../call.ts';
import { createCohort } from '../cohort.ts';
import type { GateSection } from '../section.ts';
import { shareConnections } from './connections.ts';
import { createDeadlines } from './deadlines.ts';
import { NodeCall } from './node-call.ts';
import { plainAnswer } from './plain-answer.ts';
import { hasCaller, peerOf, proxyProtocolServer } from './proxy-protocol.ts';

const maxHeaderBytes = 32 * 1024;
const keepAliveMs = 65_000;

/** Answers health endpoints; they belong to no route, ask for no credential and leave no entry. */
export type HealthAnswers = (path: string) => { readonly status: number; readonly body: string } | undefined;

export interface GateServer {
  readonly host: string;
  readonly port: number;
  /** Takes no new connection, closes idle ones and the others after their answer. Resolves when all are closed. */
  drain(): Promise<void>;
  /** Closes what is left at once. */
  destroy(): void;
}

export interface GateServerOptions {
  readonly gate: GateSection;
  readonly clock: Clock;
  readonly log: Log;
  readonly health: HealthAnswers;
  /** Takes a call to its answer; nothing of it comes back here. */
  handle(call: Call): void;
  /** What never became a call: not HTTP, too large a head, an upgrade. Records it; gives its entry, or undefined where that failed. */
  recordUnread(peer: string, code: FaultCode): Promise<string | undefined>;
}

/** Listens for callers. Everything that can be bounded before a head is read is bounded here. */
export async function listenGate(options: GateServerOptions): Promise<GateServer> {
  const { gate, clock } = options;
  const deadlines = createDeadlines(clock);
  // A call begins when what came with it has been read, which is most often its body.
  const begin = createCohort(options.handle);
  let draining = false;
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: gate.deadlines.headers,
    // The body has its own deadline, told in the form of the wire; this is the backstop behind it.
    requestTimeout: gate.deadlines.headers + gate.deadlines.body + 5_000,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: keepAliveMs,
    // `receive` refuses a missing Host in the form of the route's wire.
    requireHostHeader: false,
    noDelay: true,
    // A client that merely offers HTTP/2 (Java's does) is answered over HTTP/1.1, as RFC 9110 section 7.8 allows.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() !== 'h2c',
  });
  shareConnections(server, gate, { log: options.log, elapsed: clock.elapsed });

  const receive = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    const health = request.method === 'GET' ? options.health(request.url ?? '') : undefined;
    if (draining) response.setHeader('connection', 'close');
    if (health) {
      response.writeHead(health.status, { 'content-type': 'application/json' }).end(health.body);
      return;
    }
    // A balancer's probe comes as itself; what it forwards for nobody we know is not a call.
    if (!hasCaller(request.socket)) return void refuse(request.socket, 'request.address');
    const peer = peerOf(request.socket);
    begin(
      new NodeCall(request, response, {
        startedAt: clock.elapsed(),
        peer,
        expectsContinue,
        readerMs: gate.deadlines.reader,
        deadlines,
      }),
    );
  };
  const refuse = async (socket: Duplex, code: FaultCode): Promise<void> => {
    socket.on('error', () => {});
    const entryId = await options.recordUnread(peerOf(socket as Socket), code);
    plainAnswer(socket, code, entryId);
  };
  server.on('request', (request, response) => receive(request, response, false));
  server.on('checkContinue', (request, response) => receive(request, response, true));
  server.on('checkExpectation', (request, response) => receive(request, response, false));
  server.on('upgrade', (_request, socket) => void refuse(socket, 'request.upgrade'));
  server.on('connect', (_request, socket) => void refuse(socket, 'request.target'));
  server.on('clientError', (error, socket) => void refuse(socket, codeOfClientError(error)));

  const front: Server = gate.proxyProtocol ? proxyProtocolServer(server, gate) : server;
  if (front !== server) front.maxConnections = gate.bounds.connections;
  await listen(front, gate.listen);
  return {
    host: gate.listen.host,
    port: (front.address() as AddressInfo).port,
    drain() {
      draining = true;
      const closed = new Promise<void>((resolve) => front.close(() => resolve()));
      server.closeIdleConnections();
      return closed;
    },
    destroy() {
      server.closeAllConnections();
      deadlines.close();
    },
  };
}

function listen(server: Server, { host, port }: GateSection['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function codeOfClientError(error: Error & { code?: unknown }): FaultCode {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'request.headers-too-large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request.timeout';
    case 'HPE_INVALID_VERSION':
    case 'HPE_PAUSED_H2_UPGRADE':
      return 'request.version';
    case 'HPE_INVALID_CONTENT_LENGTH':
    case 'HPE_UNEXPECTED_CONTENT_LENGTH':
    case 'HPE_INVALID_TRANSFER_ENCODING':
    case 'HPE_INVALID_CHUNK_SIZE':
      return 'request.framing';
    default:
      return 'request.malformed';
  }
}
