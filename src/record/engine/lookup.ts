import { Fault } from '../../kernel/index.ts';
import type { LedgerReader } from '../files.ts';
import { decodeBundle } from '../tree/bundle.ts';
import { hashBytes } from '../tree/hash.ts';
import {
  consistencyRanges,
  hashRange,
  inclusionRanges,
  type Range,
  rangeNodes,
  type ReadNode,
} from '../tree/proofs.ts';
import { readStoredBundle, readStoredTile } from '../tree/stored.ts';
import { nodesFromTiles, tileWidth } from '../tree/tiles.ts';
import type { RawConsistency, RawInclusion, RawRange } from './messages.ts';
import type { Tail } from './tail.ts';

export interface Lookup {
  /** The entries of a bundle as JSON texts, signed or not. */
  readBundle(bundle: number): string[];
  read(from: number, limit: number): string[];
  /** The hash of a whole bundle's last leaf. */
  lastLeaf(bundle: number): Buffer;
  prove(index: number): RawInclusion;
  consistency(first: number): RawConsistency;
  range(range: Range): RawRange;
}

export interface LookupOptions {
  readonly reader: LedgerReader;
  readonly tail: Tail;
  readonly tree: { readonly size: number };
  readonly signed: { readonly signedSize: number; readonly checkpoint: string };
}

/** Answers from the folder, and from memory for what is not integrated yet. */
export function createLookup({ reader, tail, tree, signed }: LookupOptions): Lookup {
  const nodes = (): ReadNode =>
    nodesFromTiles(
      signed.signedSize,
      (tile) => readStoredTile(reader, tile) ?? unavailable(`Tile ${tile.level}/${tile.index}`),
    );

  const readBundle = (bundle: number): string[] => {
    const begin = bundle * tileWidth;
    const width = Math.min(tileWidth, tree.size - begin);
    const entries =
      begin >= tail.base ? decodeBundle(tail.bundle(bundle, width)) : readStoredBundle(reader, bundle, width);
    if (!entries) return unavailable(`Bundle ${bundle}`);
    return entries.map((entry) => entry.toString());
  };

  const prove = (range: Range, read: ReadNode) => hashRange(range, read).toString('base64');

  return {
    readBundle,
    read(from, limit) {
      const end = Math.min(from + limit, tree.size);
      const texts: string[] = [];
      for (let index = from; index < end; index = from + texts.length) {
        const bundle = Math.floor(index / tileWidth);
        const offset = index % tileWidth;
        texts.push(...readBundle(bundle).slice(offset, offset + end - index));
      }
      return texts;
    },
    lastLeaf(bundle) {
      const tile =
        readStoredTile(reader, { level: 0, index: bundle, width: tileWidth }) ??
        unavailable(`Tile 0/${bundle}`);
      return tile.subarray(-hashBytes);
    },
    prove(index) {
      const read = nodes();
      const { signedSize: treeSize, checkpoint } = signed;
      const hashes = inclusionRanges(index, treeSize).map((range) => prove(range, read));
      return { treeSize, leafHash: read({ level: 0, index }).toString('base64'), hashes, checkpoint };
    },
    consistency(first) {
      const read = nodes();
      const { signedSize: second, checkpoint } = signed;
      return {
        second,
        hashes: consistencyRanges(first, second).map((range) => prove(range, read)),
        checkpoint,
      };
    },
    range({ begin, end }) {
      const read = nodes();
      const { signedSize: treeSize, checkpoint } = signed;
      const hashesOf = (range: Range) => rangeNodes(range).map((node) => read(node).toString('base64'));
      return {
        treeSize,
        before: hashesOf({ begin: 0, end: begin }),
        after: hashesOf({ begin: end, end: treeSize }),
        checkpoint,
      };
    },
  };
}

function unavailable(what: string): never {
  throw new Fault('ledger.damaged', { detail: `${what} is missing or broken.` });
}
