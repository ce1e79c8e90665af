import type { JsonObject, JsonPath } from '../../../kernel/index.ts';
import type { Classifier, ClassRank } from '../classes.ts';
import type { Placeholders } from '../redact/placeholders.ts';
import { placeholderFor } from '../redact/replace.ts';
import { type FoundIn, findInPlaces } from './find.ts';
import { withValues } from './rewrite.ts';
import { bodyTableOf } from './table.ts';
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
  /** The operation, as the gate's wires name it. */
  readonly operation: string;
  readonly direction: 'request' | 'answer';
  readonly document: JsonObject;
  /** The body as it was written; what `document` was parsed from. */
  readonly text: string;
}

/** Finds everything in a body. Never throws: a detector that fails is an answer of its own. */
export function inspectBody(classifier: Classifier, body: InspectedBody): BodyInspection | FailedInspection {
  try {
    return inspect(classifier, body);
  } catch (error) {
    return { ok: false, error };
  }
}

function inspect(
  classifier: Classifier,
  { operation, direction, document, text }: InspectedBody,
): BodyInspection {
  const texts = new Texts();
  bodyTableOf(operation)[direction](document, texts);
  const found = findInPlaces(classifier, { document, text, places: texts.places });
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
  const highestUnread = texts.unread.length > 0 ? classifier.unreadRank : -1;
  return {
    ok: true,
    findings,
    unread: texts.unread,
    characters: found.reduce((sum, one) => sum + one.text.length, 0),
    highest: findings.reduce((highest, { rank }) => Math.max(highest, rank), highestUnread),
    highestUnread,
    redact: (ceiling, placeholders) => redact(text, found, { classifier, ceiling, placeholders }),
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
  for (const { start, end, finding, continues } of marks) {
    if (classifier.rankOf(finding.detector) <= ceiling) continue;
    const asWritten = text.slice(start, end);
    result += text.slice(from, start);
    if (!continues) result += placeholderFor(finding, { asWritten, writing, placeholders });
    from = end;
  }
  return result + text.slice(from);
}
