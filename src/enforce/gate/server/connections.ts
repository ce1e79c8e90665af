import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { addressSubject, type Log } from '../../../kernel/index.ts';
import { compileAddressRanges } from '../../../policy/index.ts';
import { createFairShare } from '../fair-share.ts';
import type { GateSection } from '../section.ts';

const tellEveryMs = 60_000;

/**
 * Shares connections fairly between addresses (an IPv6 /64 is one), so that none can keep others from connecting, with or without a credential. Where an address
 * has its share, or all are taken, an idle connection makes room for the new one: its client opens another when it needs it. What a proxy of the policy forwards is
 * its callers', who are told apart later; its connections are bounded together.
 */
export function shareConnections(
  server: Server,
  { bounds, proxies, proxyProtocol }: GateSection,
  { log, elapsed }: { readonly log: Log; elapsed(): number },
): void {
  const isProxy = proxies.length > 0 ? compileAddressRanges(proxies) : () => false;
  const share = createFairShare(() => bounds.connections);
  const holders = new WeakMap<Socket, string>();
  /** Connections without a request under way, the one that has been idle longest first. */
  const idle = new Set<Socket>();
  let toldAt = Number.NEGATIVE_INFINITY;

  /** Each connection of a proxy is a holder of its own. */
  function holderOf(socket: Socket): string {
    const peer = socket.remoteAddress ?? '';
    return proxyProtocol || isProxy(peer) ? `${peer} ${socket.remotePort ?? ''}` : addressSubject(peer);
  }

  function closeIdle(isMeant: (socket: Socket) => boolean): boolean {
    for (const socket of idle) {
      if (!isMeant(socket)) continue;
      leave(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  function leave(socket: Socket): void {
    idle.delete(socket);
    const holder = holders.get(socket);
    if (holder === undefined || !holders.delete(socket)) return;
    share.giveBack(holder, 1);
  }

  function enter(socket: Socket, holder: string): boolean {
    if (share.take(holder, 1)) return true;
    const isFull = share.taken >= bounds.connections;
    const madeRoom = closeIdle((other) => (isFull ? other !== socket : holders.get(other) === holder));
    return madeRoom && share.take(holder, 1);
  }

  server.on('connection', (socket: Socket) => {
    const holder = holderOf(socket);
    if (enter(socket, holder)) {
      holders.set(socket, holder);
      idle.add(socket);
      socket.once('close', () => leave(socket));
      return;
    }
    socket.destroy();
    if (elapsed() - toldAt < tellEveryMs) return;
    toldAt = elapsed();
    log.warn('connections refused: an address has its share, or all are taken', {
      open: share.taken,
      bound: bounds.connections,
    });
  });
  const busy = ({ socket }: IncomingMessage, response: ServerResponse): void => {
    idle.delete(socket);
    response.once('close', () => {
      if (holders.has(socket)) idle.add(socket);
    });
  };
  server.prependListener('request', busy);
  server.prependListener('checkContinue', busy);
}
