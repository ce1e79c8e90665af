import type { JsonObject } from '../../../kernel/index.ts';
import type { Writing } from '../scan/view.ts';
import { filterTexts, type TextFilter } from './rewrite.ts';
import { bodyTableOf } from './table.ts';
import { Texts, type Unread } from './texts.ts';

/** A whole answer whose texts have each passed through a filter of their own, and what of it could not be read. */
export function filterAnswer(
  { operation, document, text }: { operation: string; document: JsonObject; text: string },
  createFilter: (writing: Writing) => TextFilter,
): { readonly text: string; readonly unread: readonly Unread[] } {
  const texts = new Texts();
  bodyTableOf(operation).answer(document, texts);
  return { text: filterTexts({ document, text, places: texts.places }, createFilter), unread: texts.unread };
}
