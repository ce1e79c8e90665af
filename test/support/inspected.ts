import assert from 'node:assert/strict';
import { AnswerHeldBack, createAnswerFilter } from '../../src/enforce/gate/forward/answer-filter.ts';
import type { Recorded } from '../../src/enforce/gate/states.ts';
import { serverSentEvent, splitEvents } from '../../src/enforce/gate/wire/sse.ts';
import {
  bodyReadingOf,
  createClassifier,
  createPlaceholders,
  dataSchema,
  inspectBody,
  readingOfFields,
} from '../../src/enforce/privacy/index.ts';
import type { JsonObject, JsonValue } from '../../src/kernel/index.ts';

/** What passes the gate of a request, an answer or a stream, without sockets: for tests that put something at thousands of places. */

/** Nothing is held back for what cannot be read: what is a text must be found wherever it is. */
export const classifier = createClassifier(dataSchema.parse({ detect: 'all', unread: 'public' }));
export const mail = 'alice.canary@example.com';
export const card = '4111111111111111';
export const canaries = [mail, card];

/** Whether a text says the canary, also behind escapes and cut by what JSON puts between strings. */
export function says(text: string, canary: string): boolean {
  const unescaped = text.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return unescaped.includes(canary);
}

/** What a service gets of a request; undefined where it gets nothing. */
export function sent(name: string, text: string): string | undefined {
  const found = inspectBody(classifier, {
    reading: bodyReadingOf(name),
    direction: 'request',
    document: JSON.parse(text) as JsonValue,
    text,
  });
  assert.ok(found.ok, 'error' in found ? String(found.error) : '');
  return found.highestUnread > 0 ? undefined : found.redact(0, createPlaceholders());
}

export function filterOf(name: string, above: 'redact' | 'refuse' = 'redact') {
  const reading = name === 'http' ? readingOfFields({ stream: ['delta.text'] }) : bodyReadingOf(name);
  const data = { classifier, readingOf: () => reading, answers: { ceiling: 0, above } };
  const state = {
    snapshot: { data, bounds: { depth: 64 } },
    route: { name: 'r' },
    operation: { operation: { name } },
    inspection: undefined,
  };
  const filter = createAnswerFilter(state as unknown as Recorded);
  assert.ok(filter);
  return filter;
}

/** What the caller gets of a stream, up to where it is held back. */
export function received(name: string, stream: string): string {
  const filter = filterOf(name);
  let left = '';
  try {
    for (const event of splitEvents(stream)) {
      const written = filter.event(event);
      assert.equal(typeof written, 'string');
      left += written as string;
    }
    return left + filter.end();
  } catch (error) {
    assert.ok(
      error instanceof AnswerHeldBack ||
        error instanceof RangeError ||
        (error as Error).name === 'Irreplaceable',
      String(error),
    );
    return left;
  }
}

export const written = (events: readonly object[]): string =>
  events.map((event) => serverSentEvent(event)).join('');

export function stringsOf(value: JsonValue): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value as JsonObject).flatMap((one) => stringsOf(one ?? null));
}
