import { type JsonObject, type JsonValue, parseStrictJson } from '../../../kernel/index.ts';
import {
  type AnswerGuard,
  type ClassRank,
  createPlaceholders,
  createTextFilter,
  EventFilter,
  filterAnswer,
  type Placeholders,
  type TextFilter,
  type Unread,
} from '../../privacy/index.ts';
import type { DataRules } from '../snapshot/data.ts';
import type { AnswerData, Recorded } from '../states.ts';
import { isObject } from '../wire/reading.ts';
import { type EventFields, readFields, type ServerSentEvent, writeEvent } from '../wire/sse.ts';

/** Throws where an answer may not pass: for what is in it, or because it cannot be looked into. */
export class AnswerHeldBack extends Error {
  override readonly name = 'AnswerHeldBack';
}

/** What an answer goes through on its way to the caller: what it may not hold is taken out, and the caller's own values are put back. */
export interface AnswerFilter {
  /** Nothing of an answer may leave before all of it was inspected. */
  readonly holds: boolean;
  /** Headers as name, value, …, without those that say what the caller may not get. */
  headers(crossing: readonly string[]): string[];
  /** A whole JSON answer; a large one in turns with other work. Throws AnswerHeldBack. */
  whole(bytes: Buffer): string | Promise<string>;
  /** An answer of plain text, which may come in pieces. Throws AnswerHeldBack. */
  readonly plain: TextFilter;
  /** Whether it is known how events tell a text. */
  readonly readsEvents: boolean;
  /** The events that leave instead of one. Throws AnswerHeldBack. */
  event(event: ServerSentEvent): string | Promise<string>;
  /** At the end of a stream: what was held back until then. */
  end(): string;
  /** Whether an answer may pass of a kind that cannot be looked into: sound, pictures, streams of another protocol. */
  readonly passesUnread: boolean;
  /** What was found so far; undefined where answers are not looked into. */
  found(): AnswerData | undefined;
}

/** Undefined where answers pass as they are. */
export function createAnswerFilter(state: Recorded): AnswerFilter | undefined {
  const { data: policy } = state.snapshot;
  const placeholders = state.inspection?.placeholders;
  if (!policy || (!placeholders && !policy.answers)) return undefined;
  return new Filter(state, policy, placeholders);
}

class Filter implements AnswerFilter {
  readonly #state: Recorded;
  readonly #policy: DataRules;
  readonly #guard: AnswerGuard;
  readonly #events: EventFilter | undefined;
  readonly #isKnown: boolean;
  readonly plain: TextFilter;
  #highest: ClassRank = -1;
  #characters = 0;
  readonly #detectors: Record<string, number> = {};

  constructor(state: Recorded, policy: DataRules, restore: Placeholders | undefined) {
    this.#state = state;
    this.#policy = policy;
    this.#guard = { redact: this.#redaction(restore), restore };
    const { event } = this.#reading();
    // Of a stream of a protocol that is not known nothing can be joined, so it counts as unread; what it says is inspected event by event.
    this.#isKnown = event !== undefined;
    const read = event ?? (policy.answers && this.passesUnread ? readWhole : undefined);
    this.#events = read && new EventFilter(read, this.#guard);
    let plain: TextFilter | undefined;
    const filter = (): TextFilter => (plain ??= createTextFilter(this.#guard, 'text'));
    this.plain = {
      push: (piece) => this.#judged(filter().push(piece)),
      end: () => this.#judged(filter().end()),
    };
  }

  #redaction(restore: Placeholders | undefined): AnswerGuard['redact'] {
    const { answers, classifier } = this.#policy;
    if (!answers) return undefined;
    const placeholders = createPlaceholders();
    // What is taken out of the answer must not be given back as what the caller wrote.
    if (restore) for (const given of Object.keys(restore.toRecord())) placeholders.reserve(given);
    return {
      classifier,
      placeholders,
      ceiling: answers.ceiling,
      onFinding: ({ rank, detector }) => {
        this.#highest = Math.max(this.#highest, rank);
        this.#detectors[detector] = (this.#detectors[detector] ?? 0) + 1;
      },
      onText: (characters) => void (this.#characters += characters),
    };
  }

  #reading(): ReturnType<DataRules['readingOf']> {
    return this.#policy.readingOf(this.#state.route.name, this.#state.operation.operation.name);
  }

  get holds(): boolean {
    return this.#policy.answers?.above === 'refuse';
  }

  get passesUnread(): boolean {
    const { answers, classifier } = this.#policy;
    return !answers || classifier.unreadRank <= answers.ceiling;
  }

  get readsEvents(): boolean {
    return this.#events !== undefined;
  }

  found(): AnswerData | undefined {
    const { answers, classifier } = this.#policy;
    if (!answers) return undefined;
    const dataClass = classifier.classes[this.#highest];
    return { dataClass, detectors: this.#detectors, characters: this.#characters };
  }

  headers(crossing: readonly string[]): string[] {
    const passed: string[] = [];
    for (let index = 0; index + 1 < crossing.length; index += 2) {
      const [name = '', value = ''] = crossing.slice(index, index + 2);
      const written = `${name}: ${value}`;
      const filter = createTextFilter({ ...this.#guard, restore: undefined }, 'text');
      if (filter.push(written) + filter.end() === written) passed.push(name, value);
    }
    return passed;
  }

  whole(bytes: Buffer): string | Promise<string> {
    const { value, text } = this.#parse(bytes);
    const filtered = filterAnswer({ reading: this.#reading(), document: value, text }, this.#guard);
    return then(filtered, ({ text: passed, unread }) => this.#judged(passed, unread));
  }

  event({ raw }: ServerSentEvent): string | Promise<string> {
    const events = this.#events;
    if (!events) throw new AnswerHeldBack();
    const fields = this.#inspectFields(readFields(raw), events);
    const { data } = fields;
    if (data === undefined || data.trim() === '') return writeEvent(fields);
    // The end of a stream of OpenAI's: what was held back is before it.
    if (data === '[DONE]') return this.end() + writeEvent(fields);
    if (!this.#isKnown && !/^\s*[[{"]/.test(data)) {
      const filter = createTextFilter(this.#guard, 'text');
      return this.#judged(writeEvent({ ...fields, data: filter.push(data) + filter.end() }));
    }
    const { value, text } = this.#parse(Buffer.from(data));
    if (!isObject(value)) throw new AnswerHeldBack();
    return then(events.pushSoon(value, text), ({ data: pieces, unread }) =>
      this.#judged(
        pieces
          .map((piece, index) =>
            index === pieces.length - 1
              ? writeEvent({ ...fields, data: piece })
              : writeEvent({ event: fields.event && typeOf(piece), data: piece }),
          )
          .join(''),
        unread,
      ),
    );
  }

  /** The fields beside the data. One that says what the caller may not get is left out. */
  #inspectFields({ event, id, retry, data }: EventFields, events: EventFilter): EventFields {
    const passed = (value: string | undefined): string | undefined =>
      value !== undefined && events.text(value) === value ? value : undefined;
    return {
      event: passed(event),
      id: passed(id),
      retry: retry !== undefined && /^\d{1,8}$/.test(retry) ? retry : undefined,
      data,
    };
  }

  end(): string {
    const rest = this.#events?.end() ?? [];
    return this.#judged(rest.map((piece) => writeEvent({ event: typeOf(piece), data: piece })).join(''));
  }

  #judged(text: string, unread: readonly Unread[] = []): string {
    const { answers, classifier } = this.#policy;
    if (!answers) return text;
    if (unread.length > 0 && classifier.unreadRank > answers.ceiling) throw new AnswerHeldBack();
    if (answers.above === 'refuse' && this.#highest > answers.ceiling) throw new AnswerHeldBack();
    return text;
  }

  /** As strictly as a request: where two readers could differ, one of them would not see what was inspected. */
  #parse(bytes: Buffer): { value: JsonValue; text: string } {
    const parsed = parseStrictJson(bytes, this.#state.snapshot.bounds.depth);
    if (!parsed.ok) throw new AnswerHeldBack();
    return parsed;
  }
}

const readWhole = () => ({ shape: { is: 'tree' }, scope: '', ended: [] }) as const;

function then<From, To>(value: From | Promise<From>, next: (value: From) => To): To | Promise<To> {
  const later = async (promise: Promise<From>): Promise<To> => next(await promise);
  return value instanceof Promise ? later(value) : next(value);
}

/** What stands in the `event:` line of an event that has one, in Anthropic's and the responses API. */
function typeOf(data: string): string | undefined {
  const { type } = JSON.parse(data) as JsonObject;
  return typeof type === 'string' && /^[a-z_.]{1,64}$/.test(type) ? type : undefined;
}
