import type { JsonObject, JsonValue } from '../../../kernel/index.ts';
import {
  type ClassRank,
  createPlaceholders,
  EventFilter,
  filterAnswer,
  Redactor,
  Restorer,
  type TextFilter,
  type Unread,
} from '../../privacy/index.ts';
import type { AnswerData, Recorded } from '../states.ts';
import { isObject } from '../wire/reading.ts';
import type { ServerSentEvent } from '../wire/sse.ts';

type Writing = ConstructorParameters<typeof Restorer>[1];

/** Throws where an answer may not pass: for what is in it, or because it cannot be looked into. */
export class AnswerHeldBack extends Error {
  override readonly name = 'AnswerHeldBack';
}

/** What an answer goes through on its way to the caller: what it may not hold is taken out, and the caller's own values are put back. */
export interface AnswerFilter {
  /** A whole JSON answer. Throws AnswerHeldBack. */
  whole(text: string): string;
  /** An answer of plain text, which may come in pieces. Throws AnswerHeldBack. */
  readonly plain: TextFilter;
  /** Whether it is known how events tell a text. */
  readonly readsEvents: boolean;
  /** The events that leave instead of one. Throws AnswerHeldBack. */
  event(event: ServerSentEvent): string;
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
  const answers = policy?.answers;
  if (!policy || (!placeholders && !answers)) return undefined;
  const { classifier } = policy;
  const reading = policy.readingOf(state.route.name, state.operation.operation.name);
  const own = createPlaceholders();
  let highest: ClassRank = -1;
  const detectors: Record<string, number> = {};
  const redactors: Redactor[] = [];
  const createFilter = (writing: Writing): TextFilter => {
    const redactor =
      answers &&
      new Redactor({
        classifier,
        writing,
        placeholders: own,
        ceiling: answers.ceiling,
        onFinding: ({ rank, detector }) => {
          highest = Math.max(highest, rank);
          detectors[detector] = (detectors[detector] ?? 0) + 1;
        },
      });
    if (redactor) redactors.push(redactor);
    const restorer = placeholders && new Restorer(placeholders, writing);
    return chain(redactor, restorer);
  };
  const judge = (unread: readonly Unread[]): void => {
    if (!answers) return;
    if (unread.length > 0 && classifier.unreadRank > answers.ceiling) throw new AnswerHeldBack();
    if (answers.above === 'refuse' && highest > answers.ceiling) throw new AnswerHeldBack();
  };
  const events = reading.event && new EventFilter(reading.event, createFilter);
  const writeOut = (text: string): string => {
    judge([]);
    return text;
  };
  let plain: TextFilter | undefined;

  return {
    passesUnread: !answers || classifier.unreadRank <= answers.ceiling,
    found: () =>
      answers && {
        dataClass: classifier.classes[highest],
        detectors,
        characters: redactors.reduce((sum, one) => sum + one.characters, 0),
      },
    whole(text) {
      const filtered = filterAnswer({ reading, document: parse(text), text }, createFilter);
      judge(filtered.unread);
      return filtered.text;
    },
    readsEvents: events !== undefined,
    plain: {
      push: (piece) => writeOut((plain ??= createFilter('text')).push(piece)),
      end: () => writeOut((plain ??= createFilter('text')).end()),
    },
    event({ raw, data }) {
      if (data === '') return raw;
      if (!events) throw new AnswerHeldBack();
      // The end of a stream of OpenAI's: what was held back stands before it.
      if (data === '[DONE]') return this.end() + raw;
      const { data: pieces, unread } = events.push(parseObject(data), data);
      judge(unread);
      return pieces.map((piece) => (piece === data ? raw : eventOf(piece, raw))).join('');
    },
    end() {
      const rest = events?.end() ?? [];
      judge([]);
      return rest.map((piece) => eventOf(piece, '')).join('');
    },
  };
}

function chain(first: TextFilter | undefined, second: TextFilter | undefined): TextFilter {
  if (!first || !second) return first ?? second ?? { push: (piece) => piece, end: () => '' };
  return {
    push: (piece) => second.push(first.push(piece)),
    end: () => second.push(first.end()) + second.end(),
  };
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new AnswerHeldBack();
  }
}

function parseObject(text: string): JsonObject {
  const value = parse(text);
  if (!isObject(value)) throw new AnswerHeldBack();
  return value;
}

/** An event as the one it comes from: with an `event:` line where that has one, which Anthropic's and the responses API's have. */
function eventOf(data: string, raw: string): string {
  const type = /^\{"type":"([a-z_.]+)"/.exec(data)?.[1];
  const named = raw === '' ? type !== undefined : /^event:/m.test(raw);
  return `${named && type !== undefined ? `event: ${type}\n` : ''}data: ${data}\n\n`;
}
