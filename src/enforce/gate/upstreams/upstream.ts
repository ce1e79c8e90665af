import type { FaultCode } from '../../../kernel/index.ts';
import type { HeaderList } from '../headers.ts';

/** A request as a service gets it. */
export interface UpstreamRequest {
  readonly method: string;
  /** Behind the service's own base path, with the query. */
  readonly path: string;
  /** Name, value, …; without credential, framing and host, which the upstream adds. */
  readonly headers: string[];
  readonly body: Buffer | undefined;
  /** For the built-in services, which answer by operation. */
  readonly operation: string;
  readonly model: string | undefined;
  readonly streaming: boolean;
}

/** Told of one exchange, in this order: `onHead` once, `onData` any number of times, then `onEnd` or `onError` once. */
export interface ExchangeEvents {
  onHead(status: number, headers: HeaderList): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  /** The exchange failed: before `onHead` nothing of an answer had come. After `abort` nothing is told any more. */
  onError(code: FaultCode): void;
}

export interface Exchange {
  pause(): void;
  resume(): void;
  /** Ends the exchange at once; the service sees the connection close. */
  abort(): void;
  /** Looks whether the service has kept silent for too long. To be called some times a second, with the clock's monotonic milliseconds. */
  watch(elapsed: number): void;
}

/** One AI service behind the gate. */
export interface Upstream {
  readonly name: string;
  /** Whether a call should be sent there now: the circuit is closed, or half-open and this call may try it; health is well. */
  available(): boolean;
  send(request: UpstreamRequest, events: ExchangeEvents): Exchange;
  /** The gate sends it a credential of its own, so that its 401 and 403 are about that and not about the caller. */
  readonly holdsCredential: boolean;
  readonly totalDeadlineMs: number;
  readonly state: UpstreamState;
  close(): Promise<void>;
}

export interface UpstreamState {
  readonly circuit: 'closed' | 'open' | 'half-open';
  /** Undefined where the policy asks for no active health. */
  readonly healthy: boolean | undefined;
  readonly credentialReadAt: number | undefined;
}

/** The services of the policy in force. */
export interface Upstreams {
  get(name: string): Upstream | undefined;
  all(): readonly Upstream[];
}
