import type { JsonPath, JsonValue } from '../../../kernel/index.ts';
import type { Classifier, ClassRank } from '../classes.ts';
import type { Placeholders } from '../redact/placeholders.ts';
import { placeholderFor } from '../redact/replace.ts';
import { type FoundIn, findInPlaces, findInText } from './find.ts';
import { withValues } from './rewrite.ts';
import { doAtOnce, doInTurns, type Slices } from './slices.ts';
import type { BodyReading } from './table.ts';
import { Texts, type Unread } from './texts.ts';

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
  /** The highest class of what would stay in a body from which everything above the ceiling was taken: of what cannot be read. */
  readonly highestUnread: ClassRank;
  /** The body with placeholders for all that is above the ceiling; all else byte for byte as it was. */
  redact(ceiling: ClassRank, placeholders: Placeholders): string;
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

/** Finds everything in a body. Never throws: a detector that fails is an answer of its own. */
export function inspectBody(
  classifier: Classifier,
  body: InspectedBody | InspectedText,
): BodyInspection | FailedInspection {
  return doAtOnce(inspect(classifier, body));
}

/** The same of a large body, while other calls go on. */
export function inspectInTurns(
  classifier: Classifier,
  body: InspectedBody | InspectedText,
): Promise<BodyInspection | FailedInspection> {
  return doInTurns(inspect(classifier, body));
}

function* inspect(
  classifier: Classifier,
  body: InspectedBody | InspectedText,
): Slices<BodyInspection | FailedInspection> {
  try {
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
  const texts = new Texts();
  reading[direction](document, texts);
  const found = yield* findInPlaces(classifier, { document, text, places: texts.places });
  return {
    ...sumUp(classifier, found, texts.unread),
    redact: (ceiling, placeholders) => redact(text, found, { classifier, ceiling, placeholders }),
  };
}

function* inspectText(classifier: Classifier, { text }: InspectedText): Slices<BodyInspection> {
  const place = { path: [], kind: 'text', group: 0 } as const;
  const found = yield* findInText(classifier.searcher, { place, writing: 'text', text });
  return {
    ...sumUp(classifier, [found], []),
    redact: (ceiling, placeholders) => replaceMarks(found, { classifier, ceiling, placeholders }),
  };
}

function sumUp(
  classifier: Classifier,
  found: readonly FoundIn[],
  unread: readonly Unread[],
): Omit<BodyInspection, 'redact'> {
  const findings = found.flatMap(({ place, marks }) =>
    marks
      .filter(({ continues }) => !continues)
      .map(
        ({ start, end, finding: { detector, confidence } }): BodyFinding => ({
          path: place.path,
          detector,
          rank: classifier.rankOf(detector),
          confidence,
          start,
          end,
        }),
      ),
  );
  const highestUnread = unread.length > 0 ? classifier.unreadRank : -1;
  return {
    ok: true,
    findings,
    unread,
    characters: found.reduce((sum, one) => sum + one.text.length, 0),
    highest: findings.reduce((highest, { rank }) => Math.max(highest, rank), highestUnread),
    highestUnread,
    reserveIn(placeholders) {
      for (const one of found) placeholders.reserve(one.text);
    },
  };
}

interface Redaction {
  readonly classifier: Classifier;
  readonly ceiling: ClassRank;
  readonly placeholders: Placeholders;
}

function redact(text: string, all: readonly FoundIn[], redaction: Redaction): string {
  const { classifier, ceiling } = redaction;
  const changed = all.filter(({ marks }) =>
    marks.some(({ finding }) => classifier.rankOf(finding.detector) > ceiling),
  );
  if (changed.length === 0) return text;
  // Placeholders are numbered in the order of reading, before the pieces are put together in the order of writing.
  const written = changed.map((found) => {
    const replaced = replaceMarks(found, redaction);
    return found.place.kind === 'tree' ? replaced : JSON.stringify(replaced);
  });
  return withValues(
    text,
    changed.map(({ place }, index) => ({ path: place.path, written: written[index] ?? '' })),
  );
}

function replaceMarks(
  { text, writing, marks }: FoundIn,
  { classifier, ceiling, placeholders }: Redaction,
): string {
  let result = '';
  let from = 0;
  for (const { start, end, finding, continues, whole } of marks) {
    if (classifier.rankOf(finding.detector) <= ceiling) continue;
    const asWritten = whole ?? text.slice(start, end);
    result += text.slice(from, start);
    if (!continues) result += placeholderFor(finding, { asWritten, writing, placeholders });
    from = end;
  }
  return result + text.slice(from);
}
