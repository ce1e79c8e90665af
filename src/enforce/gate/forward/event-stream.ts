import { Fault, type FaultCode, type JsonObject, type JsonValue } from '../../../kernel/index.ts';
import type { Recorded } from '../states.ts';
import { isObject } from '../wire/reading.ts';
import { EventSplitter, splitEvents } from '../wire/sse.ts';
import type { StreamReading, TokenUsage } from '../wire/wire.ts';
import type { Relay, RelayHost } from './relay.ts';

const maxEventBytes = 4 * 1024 * 1024;
/**
 * Nothing but characters can be counted while a stream runs. English comes to four or five a token, code with its spaces to more; at this
 * many no answer that keeps to its token count is cut.
 */
const mostCharactersPerToken = 8;

/**
 * A stream of server-sent events, passed on event by event as they come whole: so a cut always falls between two events, and the
 * wire's own error event can follow. Each event is read for output and usage; what runs over the reservation is cut.
 */
export function createEventStream(options: {
  state: Recorded;
  status: number;
  headers: string[];
  usageAdded: boolean;
  host: RelayHost;
}): Relay {
  const { state, status, headers, usageAdded, host } = options;
  const { answer } = state.call;
  const { operation } = state.operation;
  const splitter = new EventSplitter(maxEventBytes);
  const reserved = state.admission?.reservedTokens ?? Number.POSITIVE_INFINITY;
  let characters = 0;
  let usage: Partial<TokenUsage> | undefined;

  answer.start(status, headers);

  const read = (data: string): StreamReading | undefined => {
    const document = parseEvent(data);
    const reading = document && operation.readEvent?.(document);
    if (!reading) return undefined;
    characters += reading.characters;
    if (reading.usage) usage = { ...usage, ...reading.usage };
    return reading;
  };
  const overrun = (): boolean => {
    const output = Math.max(usage?.output ?? 0, Math.ceil(characters / mostCharactersPerToken));
    // The prompt as it was estimated: it is spent already, and a low estimate must not cost the answer.
    return state.promptTokens + output > reserved;
  };
  return {
    data(chunk) {
      let text: string | undefined;
      try {
        text = splitter.push(chunk);
      } catch {
        return host.stop('upstream.broken');
      }
      if (text === undefined) return;
      let kept = '';
      let dropped = false;
      for (const event of splitEvents(text)) {
        const reading = read(event.data);
        if (usageAdded && reading?.onlyUsage) dropped = true;
        else kept += event.raw;
      }
      if (kept !== '') host.write(dropped ? kept : text);
      if (overrun()) host.stop('stream.limit');
    },
    end() {
      const rest = splitter.flush();
      if (rest.length > 0) host.write(rest);
      answer.end();
    },
    cut(code: FaultCode) {
      const event = state.route.wire.errorEvent(operation, new Fault(code), { requestId: state.requestId });
      if (event === undefined) return answer.breakOff();
      answer.write(event);
      answer.end();
    },
    counted: () => ({ usage, characters }),
  };
}

function parseEvent(data: string): JsonObject | undefined {
  if (data.charCodeAt(0) !== 0x7b) return undefined;
  try {
    const document = JSON.parse(data) as JsonValue;
    return isObject(document) ? document : undefined;
  } catch {
    return undefined;
  }
}
