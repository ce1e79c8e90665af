import type { Duplex } from 'node:stream';
import { Fault, type FaultCode } from '../../../kernel/index.ts';
import { problemDetails } from '../wire/generic.ts';

/** Answers on a socket whose request was never read as HTTP, and closes it. Silent where nothing can be written. */
export function plainAnswer(socket: Duplex, code: FaultCode, entryId: string | undefined): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const unrecorded = entryId === undefined;
  const fault = unrecorded ? new Fault('ledger.unavailable', { retryAfterMs: 1000 }) : new Fault(code);
  const { contentType, body } = problemDetails(fault, { requestId: entryId ?? 'none' });
  const head = [
    `HTTP/1.1 ${fault.status} ${reasonPhrase(fault.status)}`,
    `content-type: ${contentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    unrecorded ? 'retry-after: 1' : `surety-entry: ${entryId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), 500).unref();
}

function reasonPhrase(status: number): string {
  const phrases: Record<number, string> = {
    400: 'Bad Request',
    408: 'Request Timeout',
    431: 'Request Header Fields Too Large',
    501: 'Not Implemented',
    503: 'Service Unavailable',
    505: 'HTTP Version Not Supported',
  };
  return phrases[status] ?? 'Refused';
}
