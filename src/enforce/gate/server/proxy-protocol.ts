import { createServer, isIP, type Server, type Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { compileAddressRanges } from '../../../policy/index.ts';
import type { GateSection } from '../section.ts';

/** What a PROXY protocol header said of a connection's true peer. */
const truePeers = new WeakMap<object, string>();

export function peerOf(socket: Socket): string {
  return truePeers.get(socket) ?? socket.remoteAddress ?? '';
}

const signatureV2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
/** The longest v1 line (PROXY protocol specification, section 2.1). */
const maxLineBytes = 107;
const maxHeaderBytes = 4096;

/**
 * A server in front of `inner` whose connections begin with a PROXY protocol header, v1 or v2 (haproxy's specification). It is believed
 * from the policy's `proxies` only; a connection from elsewhere, or without a header, is closed: it could claim any address.
 */
export function proxyProtocolServer(inner: Server, gate: GateSection): Server {
  const isProxy = compileAddressRanges(gate.proxies);
  const front = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => {
    socket.on('error', () => {});
    if (!isProxy(ipaddr.process(socket.remoteAddress ?? '0.0.0.0').toString())) {
      socket.destroy();
      return;
    }
    readHeader(socket, gate.deadlines.headers, (address) => {
      if (address !== undefined) truePeers.set(socket, address);
      inner.emit('connection', socket);
    });
  });
  front.maxConnections = gate.bounds.connections;
  return front;
}

function readHeader(socket: Socket, deadlineMs: number, ready: (address: string | undefined) => void): void {
  let held = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), deadlineMs);
  const onData = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk]);
    const header = parseProxyHeader(held);
    if (header === 'more' && held.length < maxHeaderBytes) return;
    clearTimeout(timer);
    socket.off('data', onData);
    if (header === 'more' || header === 'invalid') {
      socket.destroy();
      return;
    }
    socket.pause();
    if (header.length < held.length) socket.unshift(held.subarray(header.length));
    ready(header.address);
    socket.resume();
  };
  socket.on('data', onData);
  socket.once('close', () => clearTimeout(timer));
}

interface ProxyHeader {
  /** Undefined for connections of the proxy itself (`UNKNOWN`, `LOCAL`). */
  readonly address: string | undefined;
  readonly length: number;
}

export function parseProxyHeader(bytes: Buffer): ProxyHeader | 'more' | 'invalid' {
  const start = bytes.subarray(0, signatureV2.length);
  if (start.equals(signatureV2.subarray(0, start.length)))
    return bytes.length < 16 ? 'more' : parseBinary(bytes);
  const word = 'PROXY ';
  if (!word.startsWith(bytes.toString('latin1', 0, Math.min(word.length, bytes.length)))) return 'invalid';
  const end = bytes.indexOf('\r\n');
  if (end < 0) return bytes.length > maxLineBytes ? 'invalid' : 'more';
  if (end + 2 > maxLineBytes) return 'invalid';
  return parseLine(bytes.toString('latin1', 0, end), end + 2);
}

function parseLine(line: string, length: number): ProxyHeader | 'invalid' {
  const [, family, address, , port] = line.split(' ');
  if (family === 'UNKNOWN') return { address: undefined, length };
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : 0;
  if (address === undefined || port === undefined || version === 0 || isIP(address) !== version)
    return 'invalid';
  return { address: ipaddr.process(address).toString(), length };
}

function parseBinary(bytes: Buffer): ProxyHeader | 'more' | 'invalid' {
  const versionAndCommand = bytes[12] as number;
  const length = 16 + bytes.readUInt16BE(14);
  if (versionAndCommand >> 4 !== 2) return 'invalid';
  if (bytes.length < length) return 'more';
  const command = versionAndCommand & 0x0f;
  if (command === 0) return { address: undefined, length };
  if (command !== 1) return 'invalid';
  const family = (bytes[13] as number) >> 4;
  if (family === 0) return { address: undefined, length };
  const size = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (size === 0 || length < 16 + size * 2 + 4) return 'invalid';
  const address = ipaddr.fromByteArray([...bytes.subarray(16, 16 + size)]);
  return { address: ipaddr.process(address.toString()).toString(), length };
}
