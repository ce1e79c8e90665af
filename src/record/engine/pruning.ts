import type { LedgerFiles } from '../files.ts';
import { parseTilePath, tileWidth } from '../tree/tiles.ts';
import type { Place } from './placer.ts';

export const minimumIndexPath = 'minimum-index';

/** Files looked at before giving way to appends. */
const stretch = 64;

/** The lowest entry kept; 0 where nothing was ever pruned. */
export function readMinimumIndex(files: Pick<LedgerFiles, 'read'>): number | undefined {
  const text = files.read(minimumIndexPath)?.toString();
  if (text === undefined) return 0;
  const index = /^(0|[1-9]\d{0,15})\n$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(index) && index % tileWidth === 0 ? index : undefined;
}

export interface PrunePlan {
  /** The present minimum. */
  readonly from: number;
  /** Never beyond this entry. */
  readonly notAfter: number;
  readonly olderThan: number;
  readBundle(bundle: number): string[];
}

/** The first entry of the first bundle that holds anything young enough to keep. */
export async function planPruning({ from, notAfter, olderThan, readBundle }: PrunePlan): Promise<number> {
  let minimum = from;
  for (let count = 1; minimum + tileWidth <= notAfter; count++) {
    const entries = readBundle(minimum / tileWidth).map((text): unknown => JSON.parse(text));
    if (!entries.every((entry) => Date.parse((entry as { at: string }).at) < olderThan)) break;
    minimum += tileWidth;
    if (count % stretch === 0) await giveWay();
  }
  return minimum;
}

/**
 * Removes every bundle that ends at or before the minimum index (tlog-tiles, "Pruning"). Their hashes stay: with them every checkpoint ever
 * signed can still be held against the ledger, and they say nothing about an entry, which holds the random part of its id. The minimum is
 * written first, so that a crash on the way leaves too much, never too little.
 */
export async function prune(files: LedgerFiles, place: Place, minimumIndex: number): Promise<void> {
  await place([{ path: minimumIndexPath, bytes: Buffer.from(`${minimumIndex}\n`) }]);
  let count = 0;
  for (const path of tileFiles(files, 'tile/entries')) {
    const tile = parseTilePath(path);
    if (tile && (tile.index + 1) * tileWidth <= minimumIndex) files.remove(path);
    count += 1;
    if (count % stretch === 0) await giveWay();
  }
}

export function* tileFiles(files: Pick<LedgerFiles, 'list'>, folder: string): Generator<string> {
  for (const name of files.list(folder)) {
    if (name.endsWith('/')) yield* tileFiles(files, `${folder}/${name.slice(0, -1)}`);
    else yield `${folder}/${name}`;
  }
}

export function giveWay(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
