import type { Candidate } from './candidate.ts';

/**
 * Settles overlaps: of those that overlap, the surest names the whole, then the longest, the earliest, the detector that comes first. The
 * span is that of all together, so that no part of what lost is left standing.
 */
export function settleOverlaps(candidates: readonly Candidate[]): Candidate[] {
  const sorted = candidates.toSorted((a, b) => a.start - b.start || b.end - a.end || a.order - b.order);
  const settled: Candidate[] = [];
  let best: Candidate | undefined;
  let [start, end] = [0, 0];
  const finish = (): void => {
    if (best) settled.push(best.start === start && best.end === end ? best : { ...best, start, end });
  };
  for (const candidate of sorted) {
    if (best && candidate.start < end) {
      end = Math.max(end, candidate.end);
      if (isStronger(candidate, best)) best = candidate;
      continue;
    }
    finish();
    best = candidate;
    ({ start, end } = candidate);
  }
  finish();
  return settled;
}

function isStronger(a: Candidate, b: Candidate): boolean {
  if (a.confidence !== b.confidence) return a.confidence > b.confidence;
  const [lengthA, lengthB] = [a.end - a.start, b.end - b.start];
  if (lengthA !== lengthB) return lengthA > lengthB;
  return a.start === b.start ? a.order < b.order : a.start < b.start;
}
