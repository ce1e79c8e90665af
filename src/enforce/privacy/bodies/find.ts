import { type JsonPath, type JsonValue, spansOfValues, type TextSpan } from '../../../kernel/index.ts';
import type { Classifier } from '../classes.ts';
import { Finder, type Stretch, type StretchFinding } from '../scan/finder.ts';
import type { Searcher } from '../scan/searcher.ts';
import type { Writing } from '../scan/view.ts';
import type { Slices } from './slices.ts';
import type { TextPlace } from './texts.ts';

/** A text of a body with what was found in it. */
export interface FoundIn {
  readonly place: TextPlace;
  readonly writing: Writing;
  /** As detectors read it: a string's value, or for a tree the JSON as it is written. */
  readonly text: string;
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

/** Texts up to this many characters are looked into in one slice. */
const sliceLength = 65_536;

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

/** Looks into every place of a body; `text` is the body as it was written. */
export function* findInPlaces(
  { searcher }: Classifier,
  { document, text, places }: { document: JsonValue; text: string; places: readonly TextPlace[] },
): Slices<FoundIn[]> {
  const spans = spansOfTrees(text, places);
  const found: FoundIn[] = [];
  for (const place of places) {
    const { read, writing } = readPlace(place, { document, text, spans });
    found.push(yield* findInText(searcher, { place, writing, text: read }));
    yield;
  }
  yield* findAcross(searcher, found);
  return found;
}

export function* findInText(
  searcher: Searcher,
  { place, writing, text }: Omit<FoundIn, 'marks'>,
): Slices<FoundIn> {
  const findings = yield* findIn(searcher, text, writing);
  const marks = findings.map((finding): Mark => {
    const { start, end } = finding;
    return { start, end, finding, continues: false };
  });
  return { place, writing, text, marks };
}

/** Where the trees among the places stand in the text, found in one walk. */
function spansOfTrees(text: string, places: readonly TextPlace[]): Map<TextPlace, TextSpan | undefined> {
  const trees = places.filter(({ kind }) => kind === 'tree');
  if (trees.length === 0) return new Map();
  const spans = spansOfValues(
    text,
    trees.map(({ path }) => path),
  );
  return new Map(trees.map((place, index) => [place, spans[index]]));
}

/** What detectors read at a place: a string's value, or for a tree the JSON as it is written. */
export function readPlace(
  place: TextPlace,
  body: {
    readonly document: JsonValue;
    readonly text: string;
    readonly spans?: ReadonlyMap<TextPlace, TextSpan | undefined>;
  },
): { readonly read: string; readonly writing: Writing } {
  if (place.kind !== 'tree')
    return { read: valueAt(body.document, place.path), writing: place.kind === 'text' ? 'text' : 'json' };
  const span = body.spans ? body.spans.get(place) : spansOfValues(body.text, [place.path])[0];
  return { read: span ? body.text.slice(span[0], span[1]) : '', writing: 'json' };
}

function valueAt(document: JsonValue, path: JsonPath): string {
  let value: JsonValue | undefined = document;
  for (const step of path) value = (value as Readonly<Record<string | number, JsonValue>>)[step];
  return typeof value === 'string' ? value : '';
}

/** As much of the end of one text and the beginning of the next as is looked at together, where they belong to different messages. */
const seam = 64;

interface Piece {
  readonly found: FoundIn;
  readonly from: number;
  readonly text: string;
}

/**
 * What was cut in two on purpose: over the parts of one message, which a model reads as one text, and over the end of one message and the beginning of
 * the next, as if a space were between them.
 */
function* findAcross(searcher: Searcher, all: readonly FoundIn[]): Slices<void> {
  const texts = all.filter(({ place }) => place.kind === 'text');
  const groups = Map.groupBy(texts, ({ place }) => place.group);
  const ends: Piece[][] = [];
  for (const members of groups.values()) {
    if (members.length > 1)
      yield* join(
        searcher,
        members.map((found) => ({ found, from: 0, text: found.text })),
        '',
      );
    ends.push(members.map((found) => ({ found, from: 0, text: found.text })));
  }
  for (const [index, members] of ends.entries()) {
    const next = ends[index + 1];
    const [last, first] = [members.at(-1), next?.[0]];
    if (!last || !first) continue;
    const from = Math.max(0, last.text.length - seam);
    yield* join(
      searcher,
      [
        { ...last, from, text: last.text.slice(from) },
        { ...first, text: first.text.slice(0, seam) },
      ],
      ' ',
    );
  }
}

function* join(searcher: Searcher, pieces: readonly Piece[], separator: string): Slices<void> {
  const text = pieces.map((piece) => piece.text).join(separator);
  for (const finding of yield* findIn(searcher, text, 'text')) {
    const touched: { piece: Piece; start: number; end: number }[] = [];
    let at = 0;
    for (const piece of pieces) {
      const [start, end] = [
        Math.max(finding.start, at) - at,
        Math.min(finding.end, at + piece.text.length) - at,
      ];
      if (start < end) touched.push({ piece, start: start + piece.from, end: end + piece.from });
      at += piece.text.length + separator.length;
    }
    if (touched.length < 2 || touched.every(({ piece, start, end }) => isCovered(piece.found, start, end)))
      continue;
    for (const [index, { piece, start, end }] of touched.entries())
      addMark(piece.found, {
        start,
        end,
        finding,
        continues: index > 0,
        whole: text.slice(finding.start, finding.end),
      });
  }
}

const isCovered = ({ marks }: FoundIn, start: number, end: number): boolean =>
  marks.some((mark) => mark.start <= start && mark.end >= end);

/** Takes in what it overlaps. */
function addMark(found: FoundIn, mark: Mark): void {
  const overlapped = found.marks.filter(({ start, end }) => start < mark.end && end > mark.start);
  const start = Math.min(mark.start, ...overlapped.map((one) => one.start));
  const end = Math.max(mark.end, ...overlapped.map((one) => one.end));
  const kept = found.marks.filter((one) => !overlapped.includes(one));
  found.marks.splice(
    0,
    found.marks.length,
    ...[...kept, overlapped.length === 0 ? mark : { ...withoutWhole(mark), start, end }].toSorted(
      (a, b) => a.start - b.start,
    ),
  );
}

/** What took in others stands for more than its own text. */
const withoutWhole = ({ whole: _whole, ...mark }: Mark): Mark => mark;
