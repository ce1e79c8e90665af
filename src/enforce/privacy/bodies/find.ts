import { findMemberSpans, type JsonPath, type MemberSpan } from '../../../kernel/index.ts';
import type { Classifier } from '../classes.ts';
import { Finder, type Stretch, type StretchFinding } from '../scan/finder.ts';
import type { Searcher } from '../scan/searcher.ts';
import type { Writing } from '../scan/view.ts';
import { findAcross } from './seams.ts';
import type { Slices } from './slices.ts';
import type { TextPlace } from './texts.ts';

/** A text of a body with what was found in it. */
export interface FoundIn {
  readonly place: TextPlace;
  readonly writing: Writing;
  /** As detectors read it: a string's value, or for a tree the JSON as it is written. */
  readonly text: string;
  /** In order, none over another. */
  readonly marks: Mark[];
}

/** A stretch of one text that belongs to a finding. A finding that goes over several texts has a mark in each; `continues`: all but the first. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly finding: StretchFinding;
  readonly continues: boolean;
  /** Of a finding that goes over several texts: all of it, as it is written there. */
  readonly whole?: string;
}

/** Texts up to this many characters are searched in one slice. */
const sliceLength = 16_384;
/** What looking at a text costs besides its characters, in characters. */
const costOfText = 256;

/** A body of more places is refused: it would keep the gate busy for more than a second. */
const maxPlaces = 400_000;

export function* findIn(searcher: Searcher, text: string, writing: Writing): Slices<StretchFinding[]> {
  const finder = new Finder(searcher, writing);
  const findings: StretchFinding[] = [];
  let seen = 0;
  const take = (stretches: readonly Stretch[]): void => {
    for (const stretch of stretches) {
      for (const finding of stretch.findings)
        findings.push(
          seen === 0 ? finding : { ...finding, start: finding.start + seen, end: finding.end + seen },
        );
      seen += stretch.text.length;
    }
  };
  let from = 0;
  for (; text.length - from > sliceLength; from += sliceLength) {
    take(finder.push(text.slice(from, from + sliceLength)));
    yield;
  }
  take(finder.finish(from === 0 ? text : text.slice(from)));
  return findings;
}

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

export function* findInText(
  searcher: Searcher,
  { place, writing, text }: Omit<FoundIn, 'marks'>,
): Slices<FoundIn> {
  const findings =
    text.length <= sliceLength ? findShort(searcher, text, writing) : yield* findIn(searcher, text, writing);
  const marks: Mark[] = [];
  for (const finding of findings)
    marks.push({ start: finding.start, end: finding.end, finding, continues: false });
  return { place, writing, text, marks };
}

function findShort(searcher: Searcher, text: string, writing: Writing): readonly StretchFinding[] {
  const [stretch] = new Finder(searcher, writing).finish(text);
  return stretch?.findings ?? [];
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
