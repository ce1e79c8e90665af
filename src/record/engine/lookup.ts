import { Fault } from '../../kernel/index.ts';
import type { LedgerReader } from '../files.ts';
import { decodeBundle, hashLeaves } from '../tree/bundle.ts';
import { hashBytes } from '../tree/hash.ts';
import {
  consistencyRanges,
  hashRange,
  inclusionRanges,
  type Range,
  rangeNodes,
  type ReadNode,
} from '../tree/proofs.ts';
import { readStoredBundle } from '../tree/stored.ts';
import { nodesFromTiles, tileWidth } from '../tree/tiles.ts';
import type { RawConsistency, RawInclusion, RawRange } from './messages.ts';
import type { Tail } from './tail.ts';
import type { TrustedTiles } from './trusted-tiles.ts';

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
  readonly tiles: TrustedTiles;
  readonly tail: Tail;
  readonly tree: { readonly size: number };
  readonly signed: { readonly signedSize: number; readonly checkpoint: string };
}

/**
 * Answers from memory for what is not integrated yet, and from the folder: each bundle held against the hashes of its entries, so that an entry
 * somebody changed is never shown, found or exported.
 */
export function createLookup({ reader, tiles, tail, tree, signed }: LookupOptions): Lookup {
  const nodes = (): ReadNode => nodesFromTiles(signed.signedSize, tiles);

  const readStored = (bundle: number): Buffer[] => {
    const entries = readStoredBundle(reader, bundle, tileWidth);
    if (!entries) return damaged(`Bundle ${bundle} is missing or broken.`);
    if (!hashLeaves(entries).equals(tiles({ level: 0, index: bundle })))
      return damaged(`Bundle ${bundle} does not match its tile.`);
    return entries;
  };

  const readBundle = (bundle: number): string[] => {
    const begin = bundle * tileWidth;
    const width = Math.min(tileWidth, tree.size - begin);
    const entries =
      begin >= tail.base ? (decodeBundle(tail.bundle(bundle, width)) ?? []) : readStored(bundle);
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
    lastLeaf: (bundle) => tiles({ level: 0, index: bundle }).subarray(-hashBytes),
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

function damaged(detail: string): never {
  throw new Fault('ledger.damaged', { detail });
}
