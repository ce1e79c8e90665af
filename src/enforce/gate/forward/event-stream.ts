import { Fault, type FaultCode, type JsonObject, type JsonValue } from '../../../kernel/index.ts';
import type { Recorded } from '../states.ts';
import { isObject } from '../wire/reading.ts';
import { EventSplitter, type ServerSentEvent, splitEvents } from '../wire/sse.ts';
import type { StreamReading, TokenUsage } from '../wire/wire.ts';
import type { AnswerFilter } from './answer-filter.ts';
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
  filter: AnswerFilter | undefined;
  /** How much of the stream is kept for whoever may read it later; 0: nothing. */
  keptBytes: number;
}): Relay {
  const { state, status, headers, usageAdded, host, filter, keptBytes } = options;
  const { answer } = state.call;
  const { operation } = state.operation;
  const splitter = new EventSplitter(maxEventBytes);
  const { reservedTokens = Number.POSITIVE_INFINITY, reservedNanoUsd = Number.POSITIVE_INFINITY } =
    state.admission ?? {};
  let final = false;
  let characters = 0;
  let usage: Partial<TokenUsage> | undefined;

  answer.start(status, headers);

  const read = (data: string): StreamReading | undefined => {
    const document = parseEvent(data);
    const reading = document && operation.readEvent?.(document);
    if (!reading) return undefined;
    characters += reading.characters;
    if (reading.usage) usage = { ...usage, ...reading.usage };
    if (reading.final) final = true;
    return reading;
  };
  let heldBack = false;
  let said = keptBytes > 0 ? '' : undefined;
  const pass = (events: string): void => {
    // A little more than is kept shows that it is too long.
    if (said !== undefined && said.length <= keptBytes) said += events;
    host.write(events);
  };
  /** What leaves instead of an event; nothing from one on that may not pass. */
  const filtered = (event: ServerSentEvent): string => {
    try {
      return filter?.event(event) ?? event.raw;
    } catch {
      heldBack = true;
      return '';
    }
  };
  const overrun = (): boolean => {
    const output = Math.max(usage?.output ?? 0, Math.ceil(characters / mostCharactersPerToken));
    // The prompt as it was reserved: it is spent already, and must not cost the answer.
    if (state.promptTokens + output > reservedTokens) return true;
    if (reservedNanoUsd === Number.POSITIVE_INFINITY) return false;
    return state.snapshot.highestCostOf(state, { input: state.promptTokens, output }) > reservedNanoUsd;
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
        else if (filter) kept += filtered(event);
        else kept += event.raw;
        if (heldBack) break;
      }
      if (kept !== '') pass(dropped || filter ? kept : text);
      if (heldBack) return host.stop('data.answer');
      if (overrun()) host.stop('stream.limit');
    },
    end() {
      const rest = splitter.flush();
      if (filter) {
        // Half an event cannot be looked into.
        if (rest.length > 0) return host.stop('data.answer');
        const last = filter.end();
        if (last !== '') pass(last);
      } else if (rest.length > 0) host.write(rest);
      answer.end();
    },
    cut(code: FaultCode) {
      const event = state.route.wire.errorEvent(operation, new Fault(code), { requestId: state.requestId });
      if (event === undefined) return answer.breakOff();
      answer.write(event);
      answer.end();
    },
    counted: () => ({ usage, final, characters, text: said }),
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
