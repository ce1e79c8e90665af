import { type FaultCode, faultTable } from './fault-table.ts';

export interface FaultOptions {
  /** What varies, safe to show to the caller. */
  readonly detail?: string;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A failure with a stable code. Anything else that is thrown leaves Surety as the fixed text of `internal`. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly detail: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: FaultCode, options: FaultOptions = {}) {
    const title = faultTable[code].title;
    super(options.detail ? `${title} ${options.detail}` : title, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return faultTable[this.code].status;
  }

  get action(): string {
    return faultTable[this.code].action;
  }
}

/** What was thrown, as a Fault: unknown errors become `internal`, their text kept only as the cause. */
export function asFault(thrown: unknown): Fault {
  return thrown instanceof Fault ? thrown : new Fault('internal', { cause: thrown });
}
