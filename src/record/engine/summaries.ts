import { mergeSummaries, type Summary } from '../search/summary.ts';
import { tileWidth } from '../tree/tiles.ts';

/** Batches remembered at most; bundles of older ones are read instead. */
const keptBatches = 4096;

/** What the caller said of its batches, until their bundles are indexed: it had the entries in hand, and reading a bundle back costs as much as recording it. */
export interface Summaries {
  /** Undefined: nothing is known of these entries. */
  add(begin: number, end: number, summary: Summary | undefined): void;
  /** Of a whole bundle, from all batches that reach into it; undefined unless every entry of it is covered. */
  ofBundle(bundle: number): Summary | undefined;
  /** Bundles before this one are indexed. */
  forgetBefore(bundle: number): void;
}

interface Summarized {
  readonly begin: number;
  readonly end: number;
  readonly summary: Summary;
}

export function createSummaries(): Summaries {
  let held: Summarized[] = [];
  return {
    add(begin, end, summary) {
      if (!summary) return;
      held.push({ begin, end, summary });
      if (held.length > keptBatches) held = held.slice(keptBatches / 2);
    },
    ofBundle(bundle) {
      const [begin, end] = [bundle * tileWidth, (bundle + 1) * tileWidth];
      const inside = held.filter((batch) => batch.begin < end && batch.end > begin);
      let covered = begin;
      for (const batch of inside) {
        if (batch.begin > covered) return undefined;
        covered = batch.end;
      }
      return covered < end ? undefined : mergeSummaries(inside.map(({ summary }) => summary));
    },
    forgetBefore(bundle) {
      const begin = bundle * tileWidth;
      held = held.filter((batch) => batch.end > begin);
    },
  };
}
