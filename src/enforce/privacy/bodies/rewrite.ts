import { type JsonPath, type JsonValue, spansOfValues } from '../../../kernel/index.ts';
import type { Writing } from '../scan/view.ts';
import { readPlace } from './find.ts';
import type { TextPlace } from './texts.ts';

/** A text that passes through something, in pieces: redacted, restored, or both. */
export interface TextFilter {
  push(piece: string): string;
  end(): string;
}

/** JSON text with values put in by their paths; all else byte for byte as it was. */
export function withValues(
  text: string,
  values: readonly { readonly path: JsonPath; readonly written: string }[],
): string {
  const spans = spansOfValues(
    text,
    values.map(({ path }) => path),
  );
  const edits = spans
    .flatMap((span, index) =>
      span ? [{ start: span[0], end: span[1], written: values[index]?.written ?? '' }] : [],
    )
    .toSorted((a, b) => a.start - b.start);
  let result = '';
  let from = 0;
  for (const { start, end, written } of edits) {
    result += text.slice(from, start) + written;
    from = end;
  }
  return result + text.slice(from);
}

/** A body whose texts have each passed through a filter of their own. */
export function filterTexts(
  { document, text, places }: { document: JsonValue; text: string; places: readonly TextPlace[] },
  createFilter: (writing: Writing) => TextFilter,
): string {
  const changed = places.flatMap((place) => {
    const { read, writing } = readPlace(place, { document, text });
    const filter = createFilter(writing);
    const filtered = filter.push(read) + filter.end();
    if (filtered === read) return [];
    return [{ path: place.path, written: place.kind === 'tree' ? filtered : JSON.stringify(filtered) }];
  });
  return changed.length > 0 ? withValues(text, changed) : text;
}
