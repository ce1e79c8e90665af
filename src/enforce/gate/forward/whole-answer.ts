import { isAscii } from 'node:buffer';
import { type FaultCode, readMember } from '../../../kernel/index.ts';
import type { GateContext } from '../context.ts';
import type { Recorded } from '../states.ts';
import type { AnswerFilter } from './answer-filter.ts';
import type { Counted, Relay, RelayHost } from './relay.ts';

interface WholeAnswerOptions {
  readonly gate: GateContext;
  readonly state: Recorded;
  readonly status: number;
  readonly headers: string[];
  readonly host: RelayHost;
  readonly filter: AnswerFilter | undefined;
  readonly keepsText: boolean;
}

const nothing: Counted = { usage: undefined, characters: 0 };

/**
 * A JSON answer: gathered whole, read for its usage, sent in one piece. One that grows past `bounds.answer`, or for which there
 * is no memory left, is passed on as it comes and settled by estimate. A class, because one is made for nearly every call.
 */
export class WholeAnswer implements Relay {
  readonly #options: WholeAnswerOptions;
  /** Undefined once it is passed on as it comes. */
  #chunks: Buffer[] | undefined = [];
  #bytes = 0;
  #counted = nothing;
  #isCut = false;

  constructor(options: WholeAnswerOptions) {
    this.#options = options;
  }

  data(chunk: Buffer): void {
    const { gate, state, host } = this.#options;
    this.#bytes += chunk.length;
    if (!this.#chunks) return host.write(chunk);
    this.#chunks.push(chunk);
    if (this.#bytes <= state.snapshot.bounds.answer && gate.memory.take(state.call, chunk.length)) return;
    // What has to be looked into cannot pass unread.
    if (this.#options.filter) host.stop('data.answer');
    else this.#passOn(this.#chunks);
  }

  #passOn(gathered: readonly Buffer[]): void {
    const { state, status, headers, host } = this.#options;
    state.call.answer.start(status, headers);
    this.#chunks = undefined;
    for (const chunk of gathered) host.write(chunk);
  }

  end(): void | Promise<void> {
    const { state, status, headers } = this.#options;
    const { answer } = state.call;
    if (!this.#chunks) {
      this.#counted = { usage: undefined, characters: this.#bytes };
      return answer.end();
    }
    const body = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    const plain = isAscii(body);
    const text = plain ? body.toString('latin1') : body.toString('utf8');
    const usage = usageOf(state, text);
    this.#counted = { usage, final: usage !== undefined, characters: status < 400 ? this.#bytes : 0 };
    const { filter } = this.#options;
    if (filter) return this.#sendFiltered(filter, body);
    this.#keepText(text);
    headers.push('content-length', String(body.length));
    // As text it leaves in one write together with the head. Only ASCII survives the way there and back for certain.
    answer.send(status, headers, plain ? text : body);
  }

  #sendFiltered(filter: AnswerFilter, body: Buffer): void | Promise<void> {
    const holdBack = (): void => {
      if (!this.#isCut) this.#options.host.stop('data.answer');
    };
    try {
      const passed = filter.whole(body);
      if (typeof passed === 'string') return this.#send(passed);
      return passed.then((text) => this.#send(text)).catch(holdBack);
    } catch {
      holdBack();
    }
  }

  #send(passed: string): void {
    const { state, status, headers } = this.#options;
    if (this.#isCut || state.call.abandoned) return;
    const filtered = Buffer.from(passed);
    this.#keepText(passed);
    headers.push('content-length', String(filtered.length));
    state.call.answer.send(status, headers, filtered);
  }

  #keepText(text: string): void {
    if (this.#options.keepsText) this.#counted = { ...this.#counted, text };
  }

  cut(code: FaultCode): void {
    this.#isCut = true;
    // What the service said it used was used, also where nothing of the answer is passed on.
    if (!this.#counted.final) this.#counted = { usage: undefined, characters: this.#bytes };
    if (this.#chunks) this.#options.host.answerFault(code);
    else this.#options.state.call.answer.breakOff();
  }

  counted(): Counted {
    return this.#counted;
  }
}

function usageOf(state: Recorded, text: string): Counted['usage'] {
  const read = state.operation.operation.readUsage;
  if (!read) return undefined;
  try {
    const usage = readMember(text, 'usage');
    return usage === undefined ? undefined : read({ usage });
  } catch {
    // Not our document to refuse: the caller gets it as it is, and the call is settled by estimate.
    return undefined;
  }
}
