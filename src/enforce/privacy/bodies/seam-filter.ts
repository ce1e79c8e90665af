import type { StretchFinding } from '../scan/finder.ts';
import { placeholderFor } from '../redact/replace.ts';
import { findIn } from './find.ts';
import type { AnswerGuard, TextFilter } from './rewrite.ts';
import { doAtOnce } from './slices.ts';

/** As much of a text and of the one before it in a stream as is read together. */
export const seam = 64;

/**
 * A filter for a text that follows another one in a stream, such as a second content block. A value that began at the end of the text before has left in part;
 * its rest, at the beginning of this one, is taken out. Holds back the first characters until it can tell.
 */
export function createSeamFilter(
  inner: TextFilter,
  { before, redact }: { readonly before: string; readonly redact: NonNullable<AnswerGuard['redact']> },
): TextFilter {
  let head = '';
  let isOpen = true;
  const release = (): string => {
    isOpen = false;
    return inner.push(withoutRest(head, before.trimEnd(), redact));
  };
  return {
    push(piece) {
      if (!isOpen) return inner.push(piece);
      head += piece;
      return head.length >= seam ? release() : '';
    },
    end: () => (isOpen ? release() : '') + inner.end(),
  };
}

function withoutRest(head: string, before: string, redact: NonNullable<AnswerGuard['redact']>): string {
  const { classifier, ceiling, placeholders } = redact;
  const start = head.trimStart();
  const find = (text: string): readonly StretchFinding[] =>
    doAtOnce(findIn(classifier.searcher, text, 'text')).filter(
      ({ detector }) => classifier.rankOf(detector) > ceiling,
    );
  // What was whole before has been taken out, and the first word here only seems to belong to it.
  const whole = find(before).some(({ end }) => end === before.length);
  for (const separator of whole ? [] : ['', ' ']) {
    const text = before + separator + start;
    const from = before.length + separator.length;
    const finding = find(text).find((one) => one.start < before.length && one.end > from);
    if (!finding) continue;
    redact.onFinding({ detector: finding.detector, rank: classifier.rankOf(finding.detector) });
    const asWritten = text.slice(finding.start, finding.end);
    return placeholderFor(finding, { asWritten, writing: 'text', placeholders }) + text.slice(finding.end);
  }
  return head;
}
