import type { IncomingMessage, ServerResponse } from 'node:http';
import { Fault } from '../../../kernel/index.ts';
import type { Answer, BodyBound, Call } from '../call.ts';
import { BodyReading, limitSentence } from './body-reading.ts';
import type { Deadlines } from './deadlines.ts';

/** How long a caller may go on sending a body that was refused before its connection is closed. */
const lingerMs = 500;
/** Read and thrown away after a refusal, so that a caller that is still sending sees the answer and not a reset. */
const lingerBytes = 256 * 1024;
const noBody = Buffer.alloc(0);

interface NodeCallOptions {
  readonly startedAt: number;
  readonly peer: string;
  readonly expectsContinue: boolean;
  /** How long a caller may leave the rest of an answer unread. */
  readonly readerMs: number;
  readonly deadlines: Deadlines;
}

/** A call as node:http carries it. A class, because one is made for every call. */
export class NodeCall implements Call, Answer {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly rawHeaders: readonly string[];
  readonly peer: string;
  readonly startedAt: number;
  readonly answer: Answer = this;
  heldBytes = 0;
  countedFor = '';
  holdsPlace = false;
  started = false;
  abandoned = false;
  writtenBytes = 0;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #expectsContinue: boolean;
  readonly #readerMs: number;
  readonly #deadlines: Deadlines;
  #bodyRead = false;
  #abandonedListener: (() => void) | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, options: NodeCallOptions) {
    this.#request = request;
    this.#response = response;
    this.#expectsContinue = options.expectsContinue;
    this.#readerMs = options.readerMs;
    this.#deadlines = options.deadlines;
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

  readBody(bound: BodyBound): Buffer | Promise<Buffer> {
    const length = this.#saidLength();
    if (length !== undefined && length > bound.maxBytes)
      return Promise.reject(new Fault('body.too-large', { detail: limitSentence(bound) }));
    if (length === 0 || (length === undefined && !this.#isChunked())) {
      this.#bodyRead = true;
      return noBody;
    }
    // Most bodies come together with their head, and to listen for one costs more than to read it.
    if (length !== undefined && this.#request.readableLength === length)
      return bound.take(length)
        ? this.#takeBody()
        : Promise.reject(new Fault('overloaded', { retryAfterMs: 1000 }));
    if (this.#expectsContinue) this.#response.writeContinue();
    return this.#gatherBody(bound);
  }

  /** All of it has come. */
  #takeBody(): Buffer {
    this.#bodyRead = true;
    return this.#request.read() as Buffer;
  }

  async #gatherBody(bound: BodyBound): Promise<Buffer> {
    const request = this.#request;
    const body = await new BodyReading({ request, bound, deadlines: this.#deadlines }).whole;
    this.#bodyRead = true;
    return body;
  }

  /** Node has refused a Content-Length that is no number, and two of them. */
  #saidLength(): number | undefined {
    const text = rawValue(this.rawHeaders, 'content-length');
    return text === undefined ? undefined : Number(text);
  }

  #isChunked(): boolean {
    return rawValue(this.rawHeaders, 'transfer-encoding') !== undefined;
  }

  send(status: number, headers: string[], body: string | Buffer): void {
    if (this.started || this.abandoned) return;
    this.started = true;
    this.writtenBytes += Buffer.byteLength(body);
    this.#closeUnreadBody(headers);
    this.#response.writeHead(status, headers);
    this.#response.end(body);
    this.#boundReader();
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

  onceDrained(listener: () => void): void {
    this.#response.once('drain', listener);
  }

  end(): void {
    this.#response.end();
    this.#boundReader();
  }

  /** What the system did not take at once waits in memory for the caller, who may leave it lying for so long at most. */
  #boundReader(): void {
    if (this.#response.writableLength > 0) this.#request.socket.setTimeout(this.#readerMs);
  }

  breakOff(): void {
    this.#response.destroy();
  }

  /**
   * What of the body was not read stands in the way of the next request. A short rest is read and thrown away; for a long or
   * unknown one the connection ends with this answer.
   */
  #closeUnreadBody(headers: string[]): void {
    const request = this.#request;
    if (this.#bodyRead || request.complete) return;
    const length = this.#saidLength();
    if (length === undefined && !this.#isChunked()) return;
    if (!this.#expectsContinue && length !== undefined && length <= lingerBytes) {
      request.resume();
      return;
    }
    headers.push('connection', 'close');
    let bytes = 0;
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > lingerBytes) request.socket.destroy();
    });
    this.#response.once('finish', () => setTimeout(() => request.socket.destroy(), lingerMs).unref());
  }
}

/** Of the pairs as they came: `request.headers` would first be built of all of them. */
function rawValue(rawHeaders: readonly string[], name: string): string | undefined {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const found = rawHeaders[index] as string;
    if (found.length === name.length && found.toLowerCase() === name) return rawHeaders[index + 1];
  }
  return undefined;
}
