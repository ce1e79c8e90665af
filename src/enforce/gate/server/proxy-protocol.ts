import { createServer, isIP, type Server, type Socket } from 'node:net';
import { canonicalAddress, compileAddressRanges } from '../../../policy/index.ts';
import type { GateSection } from '../section.ts';
import { crc32c } from './crc32c.ts';

/** What a PROXY protocol header said of a connection's true peer. */
const truePeers = new WeakMap<object, string>();
/** Connections of the proxy itself, on behalf of nobody: whoever forwards calls says for whom. */
const withoutCaller = new WeakSet<object>();

export function peerOf(socket: Socket): string {
  return truePeers.get(socket) ?? socket.remoteAddress ?? '';
}

/** Whether a connection has a caller. One without is served health alone: what a proxy asks for itself. */
export function hasCaller(socket: Socket): boolean {
  return !withoutCaller.has(socket);
}

const signatureV2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
/** The longest v1 line (PROXY protocol specification, section 2.1). */
const maxLineBytes = 107;
/** Room for a chain of certificates in the additional fields of v2, of which the specification allows 64 KiB. */
const maxHeaderBytes = 16_384;

/**
 * A server in front of `inner` whose connections begin with a PROXY protocol header, v1 or v2 (haproxy's specification). It is believed
 * from the policy's `proxies` only; a connection from elsewhere, or without a header, is closed: it could claim any address.
 */
export function proxyProtocolServer(inner: Server, gate: GateSection): Server {
  const isProxy = compileAddressRanges(gate.proxies);
  const front = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => {
    socket.on('error', () => {});
    if (!isProxy(canonicalAddress(socket.remoteAddress ?? '') ?? '')) {
      socket.destroy();
      return;
    }
    readHeader(socket, gate.deadlines.headers, (address) => {
      if (address === undefined) withoutCaller.add(socket);
      else truePeers.set(socket, address);
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
    if (header === 'more') return;
    clearTimeout(timer);
    socket.off('data', onData);
    if (header === 'invalid') {
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
  /** Undefined where it names no caller: v1 `UNKNOWN`, v2 `LOCAL` or an unspecified family. */
  readonly address: string | undefined;
  readonly length: number;
}

/** `more` for at most `maxHeaderBytes`. */
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

const portShape = '(0|[1-9]\\d{0,4})';
const lineShape = new RegExp(`^PROXY TCP([46]) ([^ ]+) ([^ ]+) ${portShape} ${portShape}$`);
const unknownShape = /^PROXY UNKNOWN(?: [\x20-\x7e]*)?$/;

function parseLine(line: string, length: number): ProxyHeader | 'invalid' {
  if (unknownShape.test(line)) return { address: undefined, length };
  const [, version, source = '', destination = '', ...ports] = lineShape.exec(line) ?? [];
  if (version === undefined || ports.some((port) => Number(port) > 65_535)) return 'invalid';
  if (isIP(source) !== Number(version) || isIP(destination) === 0) return 'invalid';
  const address = canonicalAddress(source);
  return address === undefined ? 'invalid' : { address, length };
}

/** Of a stream connection, as `address family * 16 + 1`, and the bytes of one address. */
const addressBytes: Readonly<Record<number, 4 | 16>> = { 0x11: 4, 0x21: 16 };

function parseBinary(bytes: Buffer): ProxyHeader | 'more' | 'invalid' {
  const versionAndCommand = bytes[12] as number;
  const family = bytes[13] as number;
  const length = 16 + bytes.readUInt16BE(14);
  if (versionAndCommand !== 0x20 && versionAndCommand !== 0x21) return 'invalid';
  if (length > maxHeaderBytes) return 'invalid';
  if (bytes.length < length) return 'more';
  // LOCAL: what follows is to be passed over, whatever it is.
  if (versionAndCommand === 0x20) return { address: undefined, length };
  const size = addressBytes[family];
  if (size === undefined && family !== 0) return 'invalid';
  const block = size === undefined ? 0 : size * 2 + 4;
  if (length < 16 + block || !fieldsHold(bytes.subarray(0, length), 16 + block)) return 'invalid';
  if (size === undefined) return { address: undefined, length };
  const address = canonicalAddress(addressText(bytes.subarray(16, 16 + size)));
  return address === undefined ? 'invalid' : { address, length };
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':');
}

const checksumType = 0x03;
const checksumBytes = 4;

/** Whether the additional fields end where the header does, and the checksum, where there is one, is that of the header (section 2.2.3). */
function fieldsHold(header: Buffer, from: number): boolean {
  let at = from;
  while (at < header.length) {
    if (at + 3 > header.length) return false;
    const type = header[at];
    const start = at + 3;
    at = start + header.readUInt16BE(start - 2);
    if (at > header.length) return false;
    if (type !== checksumType) continue;
    if (at - start !== checksumBytes) return false;
    const blank = Buffer.from(header).fill(0, start, at);
    if (crc32c(blank) !== header.readUInt32BE(start)) return false;
  }
  return true;
}
