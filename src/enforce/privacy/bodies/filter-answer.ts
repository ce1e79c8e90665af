import type { JsonValue } from '../../../kernel/index.ts';
import type { Writing } from '../scan/view.ts';
import { filterTexts, type TextFilter } from './rewrite.ts';
import type { BodyReading } from './table.ts';
import { Texts, type Unread } from './texts.ts';

/** A whole answer whose texts have each passed through a filter of their own, and what of it could not be read. */
export function filterAnswer(
  { reading, document, text }: { reading: BodyReading; document: JsonValue; text: string },
  createFilter: (writing: Writing) => TextFilter,
): { readonly text: string; readonly unread: readonly Unread[] } {
  const texts = new Texts();
  reading.answer(document, texts);
  return { text: filterTexts({ document, text, places: texts.places }, createFilter), unread: texts.unread };
}
