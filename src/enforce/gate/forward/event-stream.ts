import { Fault, type FaultCode, type JsonObject, type JsonValue } from '../../../kernel/index.ts';
import type { GateContext } from '../context.ts';
import type { Recorded } from '../states.ts';
import { isObject } from '../wire/reading.ts';
import { EventSplitter, splitEvents } from '../wire/sse.ts';
import type { StreamReading, TokenUsage } from '../wire/wire.ts';
import type { AnswerFilter } from './answer-filter.ts';
import { createFilteredEvents } from './filtered-events.ts';
import { createOutlet } from './outlet.ts';
import type { Relay, RelayHost } from './relay.ts';

const maxEventBytes = 4 * 1024 * 1024;
/**
 * Nothing but characters can be counted while a stream runs. English comes to four or five a token, code with its spaces to more; at this
 * many no answer that keeps to its token count is cut.
 */
const mostCharactersPerToken = 8;

interface EventStreamOptions {
  readonly gate: GateContext;
  readonly state: Recorded;
  readonly status: number;
  readonly headers: string[];
  readonly usageAdded: boolean;
  readonly host: RelayHost;
  readonly filter: AnswerFilter | undefined;
  /** How much of the stream is kept for whoever may read it later; 0: nothing. */
  readonly keptBytes: number;
}

/**
 * A stream of server-sent events, passed on event by event as they come whole: so a cut always falls between two events, and the
 * wire's own error event can follow. Each event is read for output and usage; what runs over the reservation is cut. With a filter nothing leaves but
 * what the filter wrote, and after an event that may not pass nothing leaves.
 */
export function createEventStream(options: EventStreamOptions): Relay {
  const { state, usageAdded, host, filter, keptBytes } = options;
  const { operation } = state.operation;
  const splitter = new EventSplitter(maxEventBytes);
  const { reservedTokens = Number.POSITIVE_INFINITY, reservedNanoUsd = Number.POSITIVE_INFINITY } =
    state.admission ?? {};
  let final = false;
  const outlet = createOutlet({ ...options, holds: filter?.holds ?? false });
  let characters = 0;
  let usage: Partial<TokenUsage> | undefined;

  const read = (data: string): StreamReading | undefined => {
    const document = parseEvent(data);
    const reading = document && operation.readEvent?.(document);
    if (!reading) return undefined;
    characters += reading.characters;
    if (reading.usage) usage = { ...usage, ...reading.usage };
    if (reading.final) final = true;
    return reading;
  };
  let isOver = false;
  let said = keptBytes > 0 ? '' : undefined;
  const stop = (code: FaultCode): void => {
    if (isOver) return;
    isOver = true;
    host.stop(code);
  };
  const pass = (events: string): void => {
    if (events === '' || isOver) return;
    // A little more than is kept shows that it is too long.
    if (said !== undefined && said.length <= keptBytes) said += events;
    if (!outlet.write(events)) stop('data.answer');
  };
  const checkOverrun = (): void => {
    const output = Math.max(usage?.output ?? 0, Math.ceil(characters / mostCharactersPerToken));
    // The prompt as it was reserved: it is spent already, and must not cost the answer.
    if (state.promptTokens + output > reservedTokens) return stop('stream.limit');
    if (reservedNanoUsd === Number.POSITIVE_INFINITY) return;
    const cost = state.snapshot.highestCostOf(state, { input: state.promptTokens, output });
    if (cost > reservedNanoUsd) stop('stream.limit');
  };
  const passUnfiltered = (text: string): void => {
    let kept = '';
    let dropped = false;
    for (const event of splitEvents(text)) {
      const reading = read(event.data);
      if (usageAdded && reading?.onlyUsage) dropped = true;
      else kept += event.raw;
    }
    pass(dropped ? kept : text);
    checkOverrun();
  };
  const filtered =
    filter &&
    createFilteredEvents({
      filter,
      pass,
      stop,
      isOver: () => isOver || state.call.abandoned,
      isDropped: (data) => read(data)?.onlyUsage === true && usageAdded,
      checkOverrun,
      maxWaiting: state.snapshot.bounds.answer,
    });
  const finish = (): void => {
    const rest = splitter.flush();
    // Half an event cannot be inspected. A lone line end is none.
    if (filter && rest.some((byte) => byte !== 0x0a && byte !== 0x0d)) return stop('data.answer');
    if (!filter && rest.length > 0) host.write(rest);
    outlet.end();
  };
  return {
    data(chunk) {
      let text: string | undefined;
      try {
        text = splitter.push(chunk);
      } catch {
        return stop('upstream.broken');
      }
      if (text === undefined || isOver) return;
      if (filtered) filtered.push(text);
      else passUnfiltered(text);
    },
    end() {
      const ended = filtered?.end();
      const close = (): void => {
        if (!isOver && !state.call.abandoned) finish();
      };
      return ended ? ended.then(close) : close();
    },
    cut(code: FaultCode) {
      isOver = true;
      if (!outlet.started) return host.answerFault(code);
      const { answer } = state.call;
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
