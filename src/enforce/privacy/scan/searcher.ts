import type { Detector } from '../detector.ts';
import type { CustomDetector } from '../custom/custom.ts';
import { compileDetectors } from './compile.ts';
import { type Candidate, scan } from './scanner.ts';

/** What a caller keeps of the text before the place it searches from. */
export const contextBehind = 256;

export interface Search {
  /** All that end where the text is decided. */
  readonly candidates: readonly Candidate[];
  readonly decidedTo: number;
}

/** Detectors of one policy, built in and its own, ready to search. */
export interface Searcher {
  search(text: string, options: { readonly from: number; readonly final: boolean }): Search;
  nameOf(order: number): string;
  readonly names: readonly string[];
}

export function createSearcher(detectors: readonly Detector[], custom: readonly CustomDetector[]): Searcher {
  const compiled = compileDetectors(detectors);
  const names = [...detectors.map(({ name }) => name), ...custom.map(({ name }) => name)];
  return {
    names,
    nameOf: (order) => names[order] ?? '',
    search(text, { from, final }) {
      const own = scan(compiled, text, { from, final });
      if (custom.length === 0) return decide(own.candidates, { from, decidedTo: own.decidedTo });
      const candidates = [...own.candidates];
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
  for (const { start, end } of candidates.toSorted((a, b) => b.end - a.end)) {
    if (end > least && start < least) least = Math.max(from, start);
  }
  return { candidates: candidates.filter(({ end }) => end <= least), decidedTo: least };
}
