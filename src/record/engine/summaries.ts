import { mergeSummaries, type SummarizedPart, type Summary } from '../search/summary.ts';
import { tileWidth } from '../tree/tiles.ts';

/** Parts of batches remembered at most; bundles of older ones are read instead. */
const keptParts = 4096;

/** What the caller said of its batches, until their bundles are indexed: it had the entries in hand, and reading a bundle back costs as much as recording it. */
export interface Summaries {
  /** Of the entries from this index on. */
  add(begin: number, parts: readonly SummarizedPart[]): void;
  /** Of a whole bundle, from all parts that reach into it; undefined unless every entry of it is covered. */
  ofBundle(bundle: number): Summary | undefined;
  /** Bundles before this one are indexed. */
  forgetBefore(bundle: number): void;
}

interface Summarized {
  readonly begin: number;
  readonly end: number;
  readonly summary: string;
}

export function createSummaries(): Summaries {
  let held: Summarized[] = [];
  return {
    add(start, parts) {
      let begin = start;
      for (const { entries, summary } of parts) {
        held.push({ begin, end: begin + entries, summary });
        begin += entries;
      }
      if (held.length > keptParts) held = held.slice(-keptParts / 2);
    },
    ofBundle(bundle) {
      const [begin, end] = [bundle * tileWidth, (bundle + 1) * tileWidth];
      const inside = held.filter((part) => part.begin < end && part.end > begin);
      let covered = begin;
      for (const part of inside) {
        if (part.begin > covered) return undefined;
        covered = part.end;
      }
      return covered < end
        ? undefined
        : mergeSummaries(inside.map(({ summary }) => JSON.parse(summary) as Summary));
    },
    forgetBefore(bundle) {
      const begin = bundle * tileWidth;
      held = held.filter((part) => part.end > begin);
    },
  };
}
