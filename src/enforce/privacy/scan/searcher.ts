import type { Detector } from '../detector.ts';
import type { CustomDetector } from '../custom/custom.ts';
import { compileDetectors } from './compile.ts';
import type { Candidate, ScanOptions } from './candidate.ts';
import { scan } from './scanner.ts';

/** What a caller keeps of the text before the place it searches from. */
export const contextBehind = 160;

export interface Search {
  /** All that end where the text is decided. */
  readonly candidates: readonly Candidate[];
  readonly decidedTo: number;
}

/** Detectors of one policy, built in and its own, ready to search. */
export interface Searcher {
  search(text: string, options: ScanOptions): Search;
  nameOf(order: number): string;
  readonly names: readonly string[];
}

export function createSearcher({
  detectors,
  custom = [],
  confidence = 0,
}: {
  readonly detectors: readonly Detector[];
  readonly custom?: readonly CustomDetector[];
  /** Findings less sure than this do not count, nor do they take part in overlaps. */
  readonly confidence?: number;
}): Searcher {
  const compiled = compileDetectors(detectors);
  const names = [...detectors.map(({ name }) => name), ...custom.map(({ name }) => name)];
  return {
    names,
    nameOf: (order) => names[order] ?? '',
    search(text, options) {
      const { from, final } = options;
      const own = scan(compiled, text, options);
      const candidates = own.candidates.filter((candidate) => candidate.confidence >= confidence);
      let { decidedTo } = own;
      for (const [index, detector] of custom.entries()) {
        const found = detector.search(text, { from, final, order: detectors.length + index });
        for (const candidate of found.candidates) candidates.push(candidate);
        decidedTo = Math.min(decidedTo, found.decidedTo);
      }
      return decide(candidates, { from, decidedTo });
    },
  };
}

/** What overlaps the undecided is undecided too, and so on. */
function decide(
  candidates: readonly Candidate[],
  { from, decidedTo }: { from: number; decidedTo: number },
): Search {
  let least = Math.max(from, decidedTo);
  for (const { origin, end } of candidates.toSorted((a, b) => b.end - a.end)) {
    if (end > least && origin < least) least = Math.max(from, origin);
  }
  return { candidates: candidates.filter(({ end }) => end <= least), decidedTo: least };
}
