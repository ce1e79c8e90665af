import type { FaultCode } from '../../../kernel/index.ts';
import type { TokenUsage } from '../wire/wire.ts';

/** What a relay counted of an answer it passed on. */
export interface Counted {
  /** As the service said; undefined where it has not. */
  readonly usage: Partial<TokenUsage> | undefined;
  /** The usage is that of the whole answer, also where not all of it was passed on. */
  readonly final?: boolean;
  /** Characters of the model's output passed on. */
  readonly characters: number;
  /** What was passed on, where it was asked for. */
  readonly text?: string | undefined;
}

/** Brings one answer from a service to the caller. One of four, chosen by the answer's kind. */
export interface Relay {
  data(chunk: Buffer): void;
  /** The answer is whole. A promise where inspecting it takes more than a moment; what was cut meanwhile sends nothing more. */
  end(): void | Promise<void>;
  /** Ends the answer for the caller so that it can tell that it is not whole. */
  cut(code: FaultCode): void;
  /**
   * A method, not a getter: an object literal with a getter gets a hidden class of its own each time it is made, which V8 keeps, with all
   * that the getter's closure holds, until the next major collection. That was measured at half the gate's speed.
   */
  counted(): Counted;
}

/** What a relay may do to the call it serves. */
export interface RelayHost {
  /** Nothing reached the caller: the whole answer becomes this fault. */
  answerFault(code: FaultCode): void;
  /** Ends the call from the relay's side (a broken event, an overrun reservation). */
  stop(code: FaultCode): void;
  /** Writes to the caller, and pauses the service while the caller does not read. */
  write(chunk: string | Buffer): void;
}
