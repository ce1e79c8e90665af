import type { JsonPath, JsonValue } from '../../../kernel/index.ts';
import type { Classifier, ClassRank } from '../classes.ts';
import type { Placeholders } from '../redact/placeholders.ts';
import { type FoundIn, findInText } from './find.ts';
import { type FoundInPlaces, findInPlaces } from './find-in-places.ts';
import { replaceMarks, replacePlaces, type Redaction } from './rewrite.ts';
import { doAtOnce, doInTurns, type Slices } from './slices.ts';
import type { BodyReading } from './table.ts';
import type { TextPlace, Unread } from './texts.ts';
import { Walk } from './walk.ts';

/** A finding with its place in a body. It holds no part of the text. */
export interface BodyFinding {
  readonly path: JsonPath;
  readonly detector: string;
  readonly rank: ClassRank;
  readonly confidence: number;
  /** In UTF-16 code units of the value at the path. */
  readonly start: number;
  readonly end: number;
}

export interface BodyInspection {
  readonly ok: true;
  readonly findings: readonly BodyFinding[];
  readonly unread: readonly Unread[];
  /** Characters that detectors saw. */
  readonly characters: number;
  /** The highest class of all that was found or could not be read; -1 where there was neither. */
  readonly highest: ClassRank;
  /** The highest class of what would stay in a body from which everything above the ceiling was taken: of what cannot be read or cannot be replaced. */
  readonly highestUnread: ClassRank;
  /** The body with placeholders for all that is above the ceiling; all else byte for byte as it was. */
  redact(ceiling: ClassRank, placeholders: Placeholders): string;
  /** The same while other calls go on. */
  redactInTurns(ceiling: ClassRank, placeholders: Placeholders): Promise<string>;
  /** Keeps free the placeholders that the body says already. */
  reserveIn(placeholders: Placeholders): void;
}

/** What could not be looked into, because a detector failed. Never taken for "nothing found". */
export interface FailedInspection {
  readonly ok: false;
  readonly error: unknown;
}

export interface InspectedBody {
  /** How text is found in it. */
  readonly reading: BodyReading;
  readonly direction: 'request' | 'answer';
  readonly document: JsonValue;
  /** The body as it was written; what `document` was parsed from. */
  readonly text: string;
}

/** A body that is no JSON: all of it is one text. */
export interface InspectedText {
  readonly text: string;
}

/** Texts in which nothing can be replaced: fields of a form, headers, a path. */
export interface InspectedTexts {
  readonly texts: readonly string[];
  readonly unread: readonly Unread[];
}

type Inspected = InspectedBody | InspectedText | InspectedTexts;

/** Finds everything in a body. Never throws: a detector that fails is an answer of its own. */
export function inspectBody(classifier: Classifier, body: Inspected): BodyInspection | FailedInspection {
  return doAtOnce(inspect(classifier, body));
}

/** The same of a large body, while other calls go on. */
export function inspectInTurns(
  classifier: Classifier,
  body: Inspected,
): Promise<BodyInspection | FailedInspection> {
  return doInTurns(inspect(classifier, body));
}

function* inspect(classifier: Classifier, body: Inspected): Slices<BodyInspection | FailedInspection> {
  try {
    if ('texts' in body) return yield* inspectTexts(classifier, body);
    return 'document' in body
      ? yield* inspectDocument(classifier, body)
      : yield* inspectText(classifier, body);
  } catch (error) {
    return { ok: false, error };
  }
}

function* inspectDocument(
  classifier: Classifier,
  { reading, direction, document, text }: InspectedBody,
): Slices<BodyInspection> {
  const { texts } = yield* new Walk().read(document, reading[direction]);
  const body = yield* findInPlaces(classifier, { text, places: texts.places });
  const work = (ceiling: ClassRank, placeholders: Placeholders): Slices<string> =>
    redact(text, body.found, { classifier, ceiling, placeholders });
  return {
    ...(yield* sumUp(classifier, body, texts.unread)),
    redact: (ceiling, placeholders) => doAtOnce(work(ceiling, placeholders)),
    redactInTurns: (ceiling, placeholders) => doInTurns(work(ceiling, placeholders)),
  };
}

function* inspectTexts(classifier: Classifier, { texts, unread }: InspectedTexts): Slices<BodyInspection> {
  const places = texts.map(
    (value, index): TextPlace => ({ path: [index], kind: 'decoded', value, group: index, lane: '' }),
  );
  const body = yield* findInPlaces(classifier, { text: '', places });
  return {
    ...(yield* sumUp(classifier, body, unread)),
    redact: () => '',
    redactInTurns: () => Promise.resolve(''),
  };
}

function* inspectText(classifier: Classifier, { text }: InspectedText): Slices<BodyInspection> {
  const place = { path: [], kind: 'text', value: text, group: 0, lane: undefined } as const;
  const found = yield* findInText(classifier.searcher, { place, writing: 'text', text });
  const work = (ceiling: ClassRank, placeholders: Placeholders): Slices<string> =>
    replaceMarks(found, { classifier, ceiling, placeholders });
  return {
    ...(yield* sumUp(classifier, { found: [found], characters: text.length }, [])),
    redact: (ceiling, placeholders) => doAtOnce(work(ceiling, placeholders)),
    redactInTurns: (ceiling, placeholders) => doInTurns(work(ceiling, placeholders)),
  };
}

function* sumUp(
  classifier: Classifier,
  { found, characters }: FoundInPlaces,
  unread: readonly Unread[],
): Slices<Omit<BodyInspection, 'redact' | 'redactInTurns'>> {
  const findings: BodyFinding[] = [];
  let highestUnread = unread.length > 0 ? classifier.unreadRank : -1;
  let highest = highestUnread;
  for (const [index, { place, marks }] of found.entries()) {
    if (index % textsPerSlice === textsPerSlice - 1) yield;
    for (const { start, end, continues, finding } of marks) {
      if (continues) continue;
      const { detector, confidence } = finding;
      const rank = classifier.rankOf(detector);
      highest = Math.max(highest, rank);
      if (place.kind === 'decoded') highestUnread = Math.max(highestUnread, rank);
      findings.push({ path: place.path, detector, rank, confidence, start, end });
      if (findings.length % findingsPerSlice === 0) yield;
    }
  }
  return {
    ok: true,
    findings,
    unread,
    characters,
    highest,
    highestUnread,
    reserveIn(placeholders) {
      for (const one of found) placeholders.reserve(one.text);
    },
  };
}

function* redact(text: string, all: readonly FoundIn[], redaction: Redaction): Slices<string> {
  const { classifier, ceiling } = redaction;
  // Placeholders are numbered in the order of reading, before the pieces are put together in the order of writing.
  const changed = [];
  let work = 0;
  for (const found of all) {
    const { place, marks } = found;
    if (place.kind === 'decoded' || marks.length === 0) continue;
    if (!marks.some(({ finding }) => classifier.rankOf(finding.detector) > ceiling)) continue;
    changed.push({ place, written: yield* replaceMarks(found, redaction) });
    work += marks.length + 1;
    if (work < findingsPerSlice) continue;
    work = 0;
    yield;
  }
  return yield* replacePlaces(text, changed);
}

const findingsPerSlice = 1000;
const textsPerSlice = 10_000;
