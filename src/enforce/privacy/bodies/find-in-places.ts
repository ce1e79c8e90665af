import { findMemberSpans, type JsonPath, type MemberSpan } from '../../../kernel/index.ts';
import type { Classifier } from '../classes.ts';
import { type FoundIn, findInText, sliceLength } from './find.ts';
import { findAcross } from './seams.ts';
import type { Slices } from './slices.ts';
import type { TextPlace } from './texts.ts';

/** What looking at a text costs besides its characters, in characters. */
const costOfText = 256;

/** A body of more places is refused: it would keep the gate busy for more than a second. */
const maxPlaces = 400_000;

export interface FoundInPlaces {
  /** Texts that hold something, that may be joined with others, or that say placeholders. The rest is not kept. */
  readonly found: readonly FoundIn[];
  /** Characters that detectors read. */
  readonly characters: number;
}

/** Searches every place of a body; `text` is the body as it was written. */
export function* findInPlaces(
  classifier: Classifier,
  { text, places }: { readonly text: string; readonly places: readonly TextPlace[] },
): Slices<FoundInPlaces> {
  if (places.length > maxPlaces) throw new RangeError(`a body of more than ${maxPlaces} texts`);
  const spans = yield* spansOfPlaces(
    text,
    places.filter(({ kind }) => kind === 'tree'),
  );
  const { searcher } = classifier;
  const found: FoundIn[] = [];
  let work = 0;
  let tree = 0;
  let characters = 0;
  for (const place of places) {
    const isTree = place.kind === 'tree';
    const read = isTree ? cutOut(text, spans[tree++], place) : place.value;
    const writing = isTree || place.kind === 'json' ? 'json' : 'text';
    characters += read.length;
    const one = yield* findInText(searcher, { place, writing, text: read });
    if (one.marks.length > 0 || place.lane !== undefined || read.includes('[')) found.push(one);
    work += read.length + costOfText;
    if (work < sliceLength) continue;
    work = 0;
    yield;
  }
  yield* findAcross(classifier, found);
  return { found, characters };
}

function spansOfPlaces(
  text: string,
  places: readonly { readonly path: JsonPath }[],
): Slices<readonly (MemberSpan | undefined)[]> {
  return findMemberSpans(
    text,
    places.map(({ path }) => path),
  );
}

/** A tree as it is written. It must be there: what is not found is not inspected. */
function cutOut(text: string, span: MemberSpan | undefined, place: TextPlace): string {
  if (!span) throw new RangeError('a place of a body that is not in its text');
  return text.slice(place.named ? span.from : span.start, span.end);
}
