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
export const sliceLength = 16_384;
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
