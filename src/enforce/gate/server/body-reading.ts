import type { IncomingMessage } from 'node:http';
import { Fault, type FaultCode } from '../../../kernel/index.ts';
import type { BodyBound } from '../call.ts';
import { type Deadline, type Deadlines, notListed } from './deadlines.ts';

export interface BodyReadingOptions {
  readonly request: IncomingMessage;
  readonly bound: BodyBound;
  readonly deadlines: Deadlines;
}

/**
 * Gathers one body. A class, because one is made for every call; what listens is never taken off again, since the request ends with
 * its body and taking off costs more than a look at `#over`.
 */
export class BodyReading implements Deadline {
  readonly at: number;
  readonly whole: Promise<Buffer>;
  place = notListed;
  readonly #options: BodyReadingOptions;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #over = false;
  #resolve!: (body: Buffer) => void;
  #reject!: (fault: Fault) => void;

  constructor(options: BodyReadingOptions) {
    const { request, bound, deadlines } = options;
    this.#options = options;
    this.at = deadlines.clock.elapsed() + bound.deadlineMs;
    this.whole = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    deadlines.add(this);
    // The caller left in the middle of the body; nobody reads the answer, but the refusal is recorded.
    const onBroken = (): void => this.#fail('request.malformed', 'The body ended early.');
    if (request.destroyed) onBroken();
    request
      .on('data', (chunk: Buffer) => this.#data(chunk))
      .on('end', () => this.#end())
      .on('close', onBroken)
      .on('error', onBroken);
  }

  expire(): void {
    this.#fail('request.timeout', 'The body did not come in time.');
  }

  #data(chunk: Buffer): void {
    if (this.#over) return;
    const { bound } = this.#options;
    this.#bytes += chunk.length;
    if (this.#bytes > bound.maxBytes) return this.#fail('body.too-large', limitSentence(bound));
    // Memory is taken as bytes come, not as they are announced: a sender who is slow holds what it sent.
    if (!bound.take(chunk.length)) return this.#fail('overloaded');
    this.#chunks.push(chunk);
  }

  #end(): void {
    if (!this.#settle()) return;
    const chunks = this.#chunks;
    this.#resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
  }

  #fail(code: FaultCode, detail?: string): void {
    if (!this.#settle()) return;
    // Nobody waits for the rest; it is thrown away as it comes.
    this.#chunks.length = 0;
    this.#reject(
      new Fault(code, {
        ...(detail !== undefined && { detail }),
        ...(code === 'overloaded' && { retryAfterMs: 1000 }),
      }),
    );
  }

  #settle(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#options.deadlines.remove(this);
    return true;
  }
}

export function limitSentence(bound: BodyBound): string {
  return `The limit is ${bound.maxBytes} bytes.`;
}
