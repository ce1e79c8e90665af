import type { JsonValue } from '../../../kernel/index.ts';
import { type AnswerGuard, filterPlaces } from './rewrite.ts';
import { doSoon, type Slices } from './slices.ts';
import type { BodyReading } from './table.ts';
import type { Unread } from './texts.ts';
import { Walk } from './walk.ts';

interface WholeAnswer {
  readonly reading: BodyReading;
  readonly document: JsonValue;
  readonly text: string;
}

interface FilteredAnswer {
  readonly text: string;
  readonly unread: readonly Unread[];
}

/** A whole answer whose texts have passed the guard, and what of it could not be read; a large one in turns with other work. */
export function filterAnswer(
  answer: WholeAnswer,
  guard: AnswerGuard,
): FilteredAnswer | Promise<FilteredAnswer> {
  return doSoon(filter(answer, guard), answer.text.length);
}

function* filter({ reading, document, text }: WholeAnswer, guard: AnswerGuard): Slices<FilteredAnswer> {
  const { texts } = yield* new Walk().read(document, reading.answer);
  return { text: yield* filterPlaces({ text, places: texts.places }, guard), unread: texts.unread };
}
