import type { FaultCode } from '../../../kernel/index.ts';
import type { Recorded } from '../states.ts';
import type { AnswerFilter } from './answer-filter.ts';
import type { Counted, Relay, RelayHost } from './relay.ts';

/** An answer of plain text that has to be looked into: it passes on piece by piece, without what could still be the beginning of a finding. */
export function createTextAnswer(options: {
  state: Recorded;
  status: number;
  headers: string[];
  host: RelayHost;
  filter: AnswerFilter;
}): Relay {
  const { state, status, headers, host, filter } = options;
  const { answer } = state.call;
  // What is no UTF-8 cannot be looked into.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let characters = 0;
  let heldBack = false;
  const pass = (filtered: () => string): boolean => {
    try {
      const text = filtered();
      characters += text.length;
      if (text !== '') host.write(text);
    } catch {
      heldBack = true;
      host.stop('data.answer');
    }
    return !heldBack;
  };
  answer.start(status, headers);
  return {
    data(chunk) {
      if (!heldBack) pass(() => filter.plain.push(decoder.decode(chunk, { stream: true })));
    },
    end() {
      if (!heldBack && pass(() => filter.plain.push(decoder.decode()) + filter.plain.end())) answer.end();
    },
    cut: (_code: FaultCode) => answer.breakOff(),
    counted: (): Counted => ({ usage: undefined, characters }),
  };
}
