import type { MemoryHolder } from './memory.ts';

/**
 * One call as the pipeline sees it, whatever server carries it. Steps depend on this and not on node:http, so that the transport
 * beneath can be replaced.
 */
export interface Call extends MemoryHolder {
  /** It holds one of the places for calls at once (`gate.bounds.calls`), under `countedFor`. */
  holdsPlace: boolean;
  readonly method: string;
  /** The request target as it was sent. */
  readonly target: string;
  /** `1.1`, `1.0`. */
  readonly version: string;
  /** Name, value, name, value, … as sent, in order. */
  readonly rawHeaders: readonly string[];
  /** The address of the peer of the connection, or what the PROXY protocol said of it. */
  readonly peer: string;
  /** Monotonic milliseconds when the head had come. */
  readonly startedAt: number;
  /**
   * The whole body, at once if it is here already. Rejects with Fault `body.too-large` as soon as the bound is known to be passed, `request.timeout`, or
   * `request.malformed` when the caller left.
   */
  readBody(bound: BodyBound): Buffer | Promise<Buffer>;
  readonly answer: Answer;
  /** The caller closed the connection before the answer ended. */
  readonly abandoned: boolean;
  onAbandoned(listener: () => void): void;
}

export interface BodyBound {
  readonly maxBytes: number;
  readonly deadlineMs: number;
  /** Asked before memory is taken; false turns the call away with `overloaded`. */
  take(bytes: number): boolean;
}

/** Where the answer goes. Either `send` once, or `start`, `write`… and `end`. */
export interface Answer {
  readonly started: boolean;
  /** Bytes handed to the system or waiting for the caller to read. */
  readonly writtenBytes: number;
  send(status: number, headers: string[], body: string | Buffer): void;
  start(status: number, headers: string[]): void;
  /** False: the caller reads too slowly; wait for `onceDrained` before writing more. */
  write(chunk: string | Buffer): boolean;
  /** Told once, when the caller has taken what was written. */
  onceDrained(listener: () => void): void;
  end(): void;
  /** Closes the connection so that the caller can tell the answer is not whole. */
  breakOff(): void;
}
