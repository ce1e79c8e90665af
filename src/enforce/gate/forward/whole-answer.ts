import { isAscii } from 'node:buffer';
import type { FaultCode, JsonValue } from '../../../kernel/index.ts';
import type { GateContext } from '../context.ts';
import type { Recorded } from '../states.ts';
import { isObject } from '../wire/reading.ts';
import type { Counted, Relay, RelayHost } from './relay.ts';

/**
 * A JSON answer: gathered whole, read for its usage, sent in one piece. One that grows past `bounds.answer`, or for which there
 * is no memory left, is passed on as it comes and settled by estimate.
 */
export function createWholeAnswer(options: {
  gate: GateContext;
  state: Recorded;
  status: number;
  headers: string[];
  host: RelayHost;
}): Relay {
  const { gate, state, status, headers, host } = options;
  const { answer } = state.call;
  let chunks: Buffer[] | undefined = [];
  let bytes = 0;
  let counted: Counted = { usage: undefined, characters: 0 };

  const passOn = (gathered: readonly Buffer[]): void => {
    answer.start(status, headers);
    chunks = undefined;
    for (const chunk of gathered) host.write(chunk);
  };
  return {
    data(chunk) {
      bytes += chunk.length;
      if (!chunks) return host.write(chunk);
      chunks.push(chunk);
      if (bytes > state.snapshot.bounds.answer || !gate.memory.take(state.call, chunk.length)) passOn(chunks);
    },
    end() {
      if (!chunks) {
        counted = { usage: undefined, characters: bytes };
        return answer.end();
      }
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      const plain = isAscii(body);
      const text = plain ? body.toString('latin1') : body.toString('utf8');
      counted = { usage: usageOf(state, text), characters: status < 400 ? bytes : 0 };
      headers.push('content-length', String(body.length));
      // As text it leaves in one write together with the head. Only ASCII survives the way there and back for certain.
      answer.send(status, headers, plain ? text : body);
    },
    cut(code: FaultCode) {
      counted = { usage: undefined, characters: chunks ? 0 : bytes };
      if (chunks) host.answerFault(code);
      else answer.breakOff();
    },
    counted: () => counted,
  };
}

function usageOf(state: Recorded, text: string): Counted['usage'] {
  const read = state.operation.operation.readUsage;
  if (!read) return undefined;
  try {
    const document = JSON.parse(text) as JsonValue;
    return isObject(document) ? read(document) : undefined;
  } catch {
    // Not our document to refuse: the caller gets it as it is, and the call is settled by estimate.
    return undefined;
  }
}
