import type { Dispatcher } from 'undici';
import type { FaultCode } from '../../../kernel/index.ts';
import type { HeaderList } from '../headers.ts';
import type { Breaker } from './breaker.ts';
import type { Exchange, ExchangeEvents } from './upstream.ts';

/** Statuses that say the service itself is unwell, for the circuit breaker. 529 is Anthropic's "overloaded". */
const unwell = new Set([500, 502, 503, 504, 529]);

/** How long a service may keep silent, in milliseconds. */
export interface Patience {
  /** From when it was sent the request until the head of its answer. */
  readonly firstByte: number;
  /** Between two pieces of its answer. */
  readonly idle: number;
}

/**
 * One request to a service and its answer: undici's dispatch handler on one side, the gate's exchange on the other. A class,
 * because undici calls methods on it and one is made for every call. It looks after its deadlines when it is told to: undici would make
 * three timers for a call, and keep them until its next tick.
 */
export class HttpExchange implements Dispatcher.DispatchHandler, Exchange {
  readonly #events: ExchangeEvents;
  readonly #breaker: Breaker;
  readonly #patience: Patience;
  #controller: Dispatcher.DispatchController | undefined;
  #headSeen = false;
  #over = false;
  #paused = false;
  /** Something came since it was watched last. */
  #heard = true;
  #silentSince = 0;

  constructor(events: ExchangeEvents, breaker: Breaker, patience: Patience) {
    this.#events = events;
    this.#breaker = breaker;
    this.#patience = patience;
  }

  /** Tells of a failure before anything was sent; on a later turn, since the caller does not hold the exchange yet. */
  failBeforeSending(code: FaultCode): void {
    setImmediate(() => {
      if (this.#over) return;
      this.#over = true;
      this.#events.onError(code);
    });
  }

  pause(): void {
    this.#paused = true;
    this.#controller?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#controller?.resume();
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    if (!this.#headSeen) this.#breaker.abandoned();
    this.#controller?.abort(new Error('the call ended'));
  }

  watch(elapsed: number): void {
    // Before it begins it waits for a connection, which has deadlines of its own; a service that is not read from cannot be heard.
    if (this.#over || !this.#controller) return;
    if (this.#heard || this.#paused) {
      this.#heard = false;
      this.#silentSince = elapsed;
      return;
    }
    const { firstByte, idle } = this.#patience;
    if (elapsed - this.#silentSince >= (this.#headSeen ? idle : firstByte)) this.#giveUp();
  }

  #giveUp(): void {
    this.#over = true;
    this.#breaker.failed();
    this.#controller?.abort(new Error('the service kept silent'));
    this.#events.onError(this.#headSeen ? 'upstream.timeout-idle' : 'upstream.timeout-first-byte');
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#heard = true;
    if (this.#over) controller.abort(new Error('the call ended'));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#over || status < 200) return;
    this.#headSeen = true;
    this.#heard = true;
    if (unwell.has(status)) this.#breaker.failed();
    else this.#breaker.succeeded();
    if (this.#paused) controller.pause();
    this.#events.onHead(status, toHeaderList(headers));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#heard = true;
    if (!this.#over) this.#events.onData(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#breaker.failed();
    this.#events.onError(faultOf(error));
  }
}

function toHeaderList(headers: Record<string, string | string[] | undefined>): HeaderList {
  const names: string[] = [];
  const values: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined) continue;
      names.push(name);
      values.push(one);
    }
  }
  return { names, values };
}

const byErrorCode: Readonly<Record<string, FaultCode>> = {
  UND_ERR_CONNECT_TIMEOUT: 'upstream.timeout-connect',
  ETIMEDOUT: 'upstream.timeout-connect',
};
const connectErrors = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
]);

/** Node's codes for a handshake that failed and for what OpenSSL found in a certificate. */
const tlsError = /^(ERR_TLS|ERR_SSL|EPROTO|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)|CERT/;

/** Which limit or failure it was, from the error's code alone: its message may name addresses. */
function faultOf(error: Error & { code?: unknown }): FaultCode {
  if (error.name === 'AddressRefused') return 'upstream.address';
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return faultOf(error.errors[0]);
  const code = typeof error.code === 'string' ? error.code : '';
  const known = byErrorCode[code];
  if (known) return known;
  if (connectErrors.has(code) || tlsError.test(code)) return 'upstream.connect';
  return 'upstream.broken';
}
