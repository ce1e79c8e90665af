import type { IncomingMessage, ServerResponse } from 'node:http';
import { Fault } from '../../../kernel/index.ts';
import type { Answer, BodyBound, Call } from '../call.ts';

/** How long a caller may go on sending a body that was refused before its connection is closed. */
const lingerMs = 500;
/** Read and thrown away after a refusal, so that a caller that is still sending sees the answer and not a reset. */
const lingerBytes = 256 * 1024;

/** A call as node:http carries it. A class, because one is made for every call. */
export class NodeCall implements Call, Answer {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly rawHeaders: readonly string[];
  readonly peer: string;
  readonly startedAt: number;
  readonly answer: Answer = this;
  started = false;
  abandoned = false;
  writtenBytes = 0;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #expectsContinue: boolean;
  #bodyRead = false;
  #abandonedListener: (() => void) | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    options: { startedAt: number; peer: string; expectsContinue: boolean },
  ) {
    this.#request = request;
    this.#response = response;
    this.#expectsContinue = options.expectsContinue;
    this.method = request.method ?? '';
    this.target = request.url ?? '';
    this.version = request.httpVersion;
    this.rawHeaders = request.rawHeaders;
    this.peer = options.peer;
    this.startedAt = options.startedAt;
    response.on('close', () => this.#closed());
  }

  onAbandoned(listener: () => void): void {
    this.#abandonedListener = listener;
  }

  #closed(): void {
    if (this.#response.writableFinished) return;
    this.abandoned = true;
    this.#abandonedListener?.();
  }

  readBody(bound: BodyBound): Promise<Buffer> {
    const request = this.#request;
    const said = request.headers['content-length'];
    const length = said === undefined ? undefined : Number(said);
    if (length !== undefined && length > bound.maxBytes) return Promise.reject(tooLarge(bound));
    if (length === 0 || (length === undefined && request.headers['transfer-encoding'] === undefined)) {
      this.#bodyRead = true;
      return Promise.resolve(Buffer.alloc(0));
    }
    if (length !== undefined && !bound.take(length))
      return Promise.reject(new Fault('overloaded', { retryAfterMs: 1000 }));
    if (this.#expectsContinue) this.#response.writeContinue();
    return this.#gather(bound, length);
  }

  #gather(bound: BodyBound, length: number | undefined): Promise<Buffer> {
    const request = this.#request;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const timer = setTimeout(
        () => fail(new Fault('request.timeout', { detail: 'The body did not come in time.' })),
        bound.deadlineMs,
      );
      const fail = (fault: Fault) => {
        clearTimeout(timer);
        request.off('data', onData);
        request.pause();
        reject(fault);
      };
      const onData = (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > bound.maxBytes) return fail(tooLarge(bound));
        if (length === undefined && !bound.take(chunk.length))
          return fail(new Fault('overloaded', { retryAfterMs: 1000 }));
        chunks.push(chunk);
      };
      request.on('data', onData);
      request.once('end', () => {
        clearTimeout(timer);
        this.#bodyRead = true;
        resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
      });
      // The caller left in the middle of the body; nobody reads the answer, but the refusal is recorded.
      request.once('close', () => fail(new Fault('request.malformed', { detail: 'The body ended early.' })));
      request.once('error', () => fail(new Fault('request.malformed', { detail: 'The body ended early.' })));
    });
  }

  send(status: number, headers: string[], body: string | Buffer): void {
    if (this.started || this.abandoned) return;
    this.started = true;
    this.writtenBytes += body.length;
    this.#closeUnreadBody(headers);
    this.#response.writeHead(status, headers);
    this.#response.end(body);
  }

  start(status: number, headers: string[]): void {
    if (this.started || this.abandoned) return;
    this.started = true;
    this.#closeUnreadBody(headers);
    this.#response.writeHead(status, headers);
    this.#response.flushHeaders();
  }

  write(chunk: string | Buffer): boolean {
    if (this.abandoned) return true;
    this.writtenBytes += chunk.length;
    return this.#response.write(chunk);
  }

  onDrain(listener: () => void): void {
    this.#response.on('drain', listener);
  }

  end(): void {
    this.#response.end();
  }

  breakOff(): void {
    this.#response.destroy();
  }

  /** A connection whose request was not read to its end cannot carry another request. */
  #closeUnreadBody(headers: string[]): void {
    if (this.#bodyRead || (this.#request.complete && this.#request.readableLength === 0)) return;
    const request = this.#request;
    if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined)
      return;
    headers.push('connection', 'close');
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > lingerBytes) request.socket.destroy();
    });
    request.on('error', () => {});
    request.resume();
    this.#response.once('finish', () => setTimeout(() => request.socket.destroy(), lingerMs).unref());
  }
}

function tooLarge(bound: BodyBound): Fault {
  return new Fault('body.too-large', { detail: `The limit is ${bound.maxBytes} bytes.` });
}
