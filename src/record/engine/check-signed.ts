import { Fault } from '../../kernel/index.ts';
import type { LedgerReader } from '../files.ts';
import { hashLeaves } from '../tree/bundle.ts';
import { createGrowingTree, type GrowingTree } from '../tree/growing.ts';
import { firstHashedEntry, readStoredBundle, readStoredTile } from '../tree/stored.ts';
import { tileWidth } from '../tree/tiles.ts';
import { announcedByBundle } from './announced.ts';

export interface SignedPart {
  readonly reader: LedgerReader;
  /** Size and root hash of the checkpoint. */
  readonly size: number;
  readonly root: Buffer;
  /** Entries below it were pruned: their hashes are still checked. */
  readonly minimumIndex: number;
  readonly onProgress: (done: number) => void;
}

export interface CheckedPart {
  /** The tree of the checkpoint, made of the entries themselves. */
  readonly tree: GrowingTree;
  /** The highest number of a change any entry records. */
  readonly lastChange: number;
}

const bundlesPerProgress = 1024;

/**
 * Hashes every signed entry again and holds each bundle and each tile against the result, up to the root hash of the checkpoint. Nothing is
 * signed on top of a folder that was not checked as a whole: a new signature would vouch for what somebody changed in it. Throws Fault
 * `ledger.damaged`.
 */
export function checkSigned({ reader, size, root, minimumIndex, onProgress }: SignedPart): CheckedPart {
  if (minimumIndex > size) refuse('The minimum index lies beyond the checkpoint.');
  const start = firstHashedEntry(reader, Math.min(minimumIndex, size));
  const tree = createGrowingTree({
    size: start,
    readEdge: (tile) =>
      readStoredTile(reader, tile) ?? refuse(`Tile ${tile.level}/${tile.index} is missing or broken.`),
  });
  const found = { minimumIndex: 0, change: 0 };
  for (let begin = start; begin < size; begin += tileWidth) {
    const index = begin / tileWidth;
    const width = Math.min(tileWidth, size - begin);
    const leaves =
      readStoredTile(reader, { level: 0, index, width }) ?? refuse(`Tile 0/${index} is missing or broken.`);
    if (begin >= minimumIndex) {
      const entries =
        readStoredBundle(reader, index, width) ?? refuse(`Bundle ${index} is missing or broken.`);
      if (!hashLeaves(entries).equals(leaves)) refuse(`Bundle ${index} does not match its tile.`);
      announcedByBundle(entries, found);
    }
    tree.appendHashes(leaves);
    compareTiles(reader, tree.finishedTiles());
    tree.forgetBefore(tree.size);
    if (index % bundlesPerProgress === bundlesPerProgress - 1) onProgress(tree.size);
  }
  compareTiles(reader, tree.growingTiles());
  if (!tree.root().equals(root)) refuse('The entries do not lead to the root hash of the checkpoint.');
  if (minimumIndex > found.minimumIndex)
    refuse(`Entries below ${minimumIndex} are missing, and no entry records that they were pruned.`);
  return { tree, lastChange: found.change };
}

/** Those of the lowest level were held against the entries already. */
function compareTiles(
  reader: LedgerReader,
  tiles: ReturnType<GrowingTree['growingTiles']> | ReturnType<GrowingTree['finishedTiles']>,
): void {
  for (const { level, index, width, bytes } of tiles) {
    if (level > 0 && !readStoredTile(reader, { level, index, width })?.equals(bytes))
      refuse(`Tile ${level}/${index} is missing or does not match the entries.`);
  }
}

function refuse(detail: string): never {
  throw new Fault('ledger.damaged', { detail });
}
