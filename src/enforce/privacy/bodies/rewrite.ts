import { findMemberSpans, type JsonPath } from '../../../kernel/index.ts';
import type { Classifier, ClassRank } from '../classes.ts';
import type { Placeholders } from '../redact/placeholders.ts';
import { type ClassifiedFinding, Redactor } from '../redact/redactor.ts';
import { placeholderFor } from '../redact/replace.ts';
import { Restorer } from '../redact/restorer.ts';
import type { Writing } from '../scan/view.ts';
import type { FoundIn } from './find.ts';
import { findInPlaces } from './find-in-places.ts';
import type { Slices } from './slices.ts';
import type { TextPlace } from './texts.ts';

/** A text that passes through something, in pieces: redacted, restored, or both. */
export interface TextFilter {
  push(piece: string): string;
  end(): string;
}

/** What the texts of an answer go through. */
export interface AnswerGuard {
  /** Undefined: nothing is taken out. */
  readonly redact:
    | {
        readonly classifier: Classifier;
        readonly ceiling: ClassRank;
        readonly placeholders: Placeholders;
        onFinding(finding: Pick<ClassifiedFinding, 'detector' | 'rank'>): void;
        /** Told of the characters that detectors read. */
        onText(characters: number): void;
      }
    | undefined;
  /** The caller's own values, which are put back. */
  readonly restore: Placeholders | undefined;
}

/** A filter for one text that comes in pieces. */
export function createTextFilter({ redact, restore }: AnswerGuard, writing: Writing): TextFilter {
  const redactor = redact && new Redactor({ ...redact, writing, onFinding: redact.onFinding });
  const restorer = restore && new Restorer(restore, writing);
  if (!redactor) return restorer ?? { push: (piece) => piece, end: () => '' };
  const counting: TextFilter = {
    push(piece) {
      redact.onText(piece.length);
      return redactor.push(piece);
    },
    end: () => redactor.end(),
  };
  if (!restorer) return counting;
  return {
    push: (piece) => restorer.push(counting.push(piece)),
    end: () => restorer.push(counting.end()) + restorer.end(),
  };
}

/** Something in a text that cannot be replaced, above what may be in it. */
export class Irreplaceable extends Error {
  override readonly name = 'Irreplaceable';
}

/** The texts of a body, each redacted and restored as the guard says. Throws Irreplaceable. */
export function* filterPlaces(
  { text, places }: { readonly text: string; readonly places: readonly TextPlace[] },
  guard: AnswerGuard,
): Slices<string> {
  const { redact, restore } = guard;
  if (places.length === 0) return text;
  const { found, characters } = yield* findInPlaces(redact?.classifier ?? nothing, { text, places });
  redact?.onText(characters);
  const changed: Replacement[] = [];
  let count = 0;
  for (const one of found) {
    if (redact) report(one, redact);
    let written = redact ? yield* replaceMarks(one, redact) : one.text;
    if (restore && written.includes('[')) {
      const restorer = new Restorer(restore, one.writing);
      written = restorer.push(written) + restorer.end();
    }
    if (written !== one.text && one.place.kind !== 'decoded') changed.push({ place: one.place, written });
    if (++count % textsPerSlice === 0) yield;
  }
  return yield* replacePlaces(text, changed);
}

const textsPerSlice = 1000;

/** Finds nothing: where values are only put back. */
const nothing: Classifier = {
  classes: [],
  searcher: { names: [], nameOf: () => '', search: (text) => ({ candidates: [], decidedTo: text.length }) },
  isOff: true,
  rankOf: () => -1,
  rankOfClass: () => -1,
  unreadRank: -1,
};

function report(found: FoundIn, redact: NonNullable<AnswerGuard['redact']>): void {
  for (const { finding, continues } of found.marks) {
    if (continues) continue;
    const rank = redact.classifier.rankOf(finding.detector);
    redact.onFinding({ detector: finding.detector, rank });
    if (found.place.kind === 'decoded' && rank > redact.ceiling) throw new Irreplaceable();
  }
}

export interface Redaction {
  readonly classifier: Classifier;
  readonly ceiling: ClassRank;
  readonly placeholders: Placeholders;
}

/** A text with placeholders for all that is above the ceiling. */
export function* replaceMarks(
  { text, writing, marks }: FoundIn,
  { classifier, ceiling, placeholders }: Redaction,
): Slices<string> {
  if (marks.length === 0) return text;
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end, finding, continues, whole } of marks) {
    if (classifier.rankOf(finding.detector) <= ceiling) continue;
    const asWritten = whole ?? text.slice(start, end);
    pieces.push(text.slice(from, start));
    if (!continues) pieces.push(placeholderFor(finding, { asWritten, writing, placeholders }));
    from = end;
    if (pieces.length % piecesPerSlice === 0) yield;
  }
  pieces.push(text.slice(from));
  return pieces.join('');
}

/** Even, since most marks make two. */
const piecesPerSlice = 1000;

export interface Replacement {
  readonly place: Pick<TextPlace, 'path' | 'kind' | 'named'>;
  /** What it reads now: a string, or for a tree JSON. */
  readonly written: string;
}

/** JSON text with places replaced; all else byte for byte as it was. */
export function* replacePlaces(text: string, replacements: readonly Replacement[]): Slices<string> {
  if (replacements.length === 0) return text;
  const spans = yield* findMemberSpans(
    text,
    replacements.map(({ place }): JsonPath => place.path),
  );
  const edits: { start: number; end: number; written: string }[] = [];
  for (const [index, { place, written }] of replacements.entries()) {
    const span = spans[index];
    if (!span) throw new RangeError('a place of a body that is not in its text');
    const start = place.kind === 'tree' && place.named ? span.from : span.start;
    edits.push({ start, end: span.end, written: place.kind === 'tree' ? written : JSON.stringify(written) });
    if (index % textsPerSlice === textsPerSlice - 1) yield;
  }
  yield;
  edits.sort((a, b) => a.start - b.start);
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end, written } of edits) {
    pieces.push(text.slice(from, start), written);
    from = end;
    if (pieces.length % (16 * piecesPerSlice) === 0) yield;
  }
  pieces.push(text.slice(from));
  return pieces.join('');
}
