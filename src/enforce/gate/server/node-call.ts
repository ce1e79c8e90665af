import type { IncomingMessage, ServerResponse } from 'node:http';
import { Fault, type FaultCode } from '../../../kernel/index.ts';
import type { Answer, BodyBound, Call } from '../call.ts';

/** How long a caller may go on sending a body that was refused before its connection is closed. */
const lingerMs = 500;
/** Read and thrown away after a refusal, so that a caller that is still sending sees the answer and not a reset. */
const lingerBytes = 256 * 1024;

interface NodeCallOptions {
  readonly startedAt: number;
  readonly peer: string;
  readonly expectsContinue: boolean;
  /** How long a caller may leave the rest of an answer unread. */
  readonly readerMs: number;
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
  started = false;
  abandoned = false;
  writtenBytes = 0;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #expectsContinue: boolean;
  readonly #readerMs: number;
  #bodyRead = false;
  #abandonedListener: (() => void) | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, options: NodeCallOptions) {
    this.#request = request;
    this.#response = response;
    this.#expectsContinue = options.expectsContinue;
    this.#readerMs = options.readerMs;
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
    if (length !== undefined && length > bound.maxBytes)
      return Promise.reject(new Fault('body.too-large', { detail: limitSentence(bound) }));
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
        () => fail('request.timeout', 'The body did not come in time.'),
        bound.deadlineMs,
      );
      const settle = (): void => {
        clearTimeout(timer);
        request.off('data', onData).off('end', onEnd).off('close', onBroken).off('error', onBroken);
      };
      const fail = (code: FaultCode, detail?: string): void => {
        settle();
        request.on('error', () => {});
        reject(
          new Fault(code, {
            ...(detail !== undefined && { detail }),
            ...(code === 'overloaded' && { retryAfterMs: 1000 }),
          }),
        );
      };
      const onData = (chunk: Buffer): void => {
        bytes += chunk.length;
        if (bytes > bound.maxBytes) return fail('body.too-large', limitSentence(bound));
        if (length === undefined && !bound.take(chunk.length)) return fail('overloaded');
        chunks.push(chunk);
      };
      const onEnd = (): void => {
        settle();
        this.#bodyRead = true;
        resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
      };
      // The caller left in the middle of the body; nobody reads the answer, but the refusal is recorded.
      const onBroken = (): void => fail('request.malformed', 'The body ended early.');
      request.on('data', onData).on('end', onEnd).on('close', onBroken).on('error', onBroken);
    });
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

  onDrain(listener: () => void): void {
    this.#response.on('drain', listener);
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
    const length = request.headers['content-length'];
    if (length === undefined && request.headers['transfer-encoding'] === undefined) return;
    if (!this.#expectsContinue && Number(length) <= lingerBytes) {
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

function limitSentence(bound: BodyBound): string {
  return `The limit is ${bound.maxBytes} bytes.`;
}
