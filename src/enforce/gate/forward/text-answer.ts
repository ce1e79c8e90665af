import type { FaultCode } from '../../../kernel/index.ts';
import type { GateContext } from '../context.ts';
import type { Recorded } from '../states.ts';
import type { AnswerFilter } from './answer-filter.ts';
import { createOutlet } from './outlet.ts';
import type { Counted, Relay, RelayHost } from './relay.ts';

/** An answer of plain text that has to be inspected: it passes on piece by piece, without what could still be the beginning of a finding. */
export function createTextAnswer(options: {
  gate: GateContext;
  state: Recorded;
  status: number;
  headers: string[];
  host: RelayHost;
  filter: AnswerFilter;
}): Relay {
  const { host, filter } = options;
  const { answer } = options.state.call;
  // What is no UTF-8 cannot be inspected.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const outlet = createOutlet({ ...options, holds: filter.holds });
  let characters = 0;
  let heldBack = false;
  const pass = (filtered: () => string): boolean => {
    try {
      const text = filtered();
      characters += text.length;
      heldBack = !outlet.write(text);
    } catch {
      heldBack = true;
    }
    if (heldBack) host.stop('data.answer');
    return !heldBack;
  };
  return {
    data(chunk) {
      if (!heldBack) pass(() => filter.plain.push(decoder.decode(chunk, { stream: true })));
    },
    end() {
      if (!heldBack && pass(() => filter.plain.push(decoder.decode()) + filter.plain.end())) outlet.end();
    },
    cut: (code: FaultCode) => (outlet.started ? answer.breakOff() : host.answerFault(code)),
    counted: (): Counted => ({ usage: undefined, characters }),
  };
}
