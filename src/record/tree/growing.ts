import { emptyRoot, hashBytes, merkleRoot, writeLeafHash } from './hash.ts';
import { hashRange } from './proofs.ts';
import { type HashTile, hashSpan, levelWidth, nodesFromTiles, tileLevels, tileWidth } from './tiles.ts';

export interface TileHashes extends HashTile {
  readonly bytes: Buffer;
}

/** The tiles at the right edge of a tree, from level 0 up: those that still grow. */
interface EdgeTile {
  index: number;
  width: number;
  hashes: Buffer;
}

/** A tree that grows in memory: its unfinished tiles, and the finished ones until they are on disk. */
export interface GrowingTree {
  readonly size: number;
  /** Of the whole tree, or of its first `size` leaves where no finished tile behind them was forgotten. */
  root(size?: number): Buffer;
  /** Entries stand behind their prefix byte. */
  append(entries: readonly Buffer[]): void;
  /** The hashes of leaves, one after another. */
  appendHashes(hashes: Buffer): void;
  /** A tile held in memory, as far as it has grown. */
  tile(tile: { readonly level: number; readonly index: number }): Buffer | undefined;
  /** Tiles that became full and were not forgotten yet. */
  finishedTiles(): readonly TileHashes[];
  /** The partial tiles of the right edge. */
  growingTiles(): TileHashes[];
  /** Forgets finished tiles that lie within the first `size` entries. */
  forgetBefore(size: number): void;
}

export interface GrowingTreeStart {
  readonly size: number;
  /** The hashes of an unfinished tile. */
  readonly readEdge: (tile: HashTile) => Buffer;
}

export function createGrowingTree({ size: startSize, readEdge }: GrowingTreeStart): GrowingTree {
  let size = startSize;
  const edge = loadEdge(startSize, readEdge);
  const finished = new Map<string, TileHashes>();

  const edgeAt = (level: number): EdgeTile => {
    const present = edge[level];
    if (present) return present;
    const started = { index: 0, width: 0, hashes: Buffer.alloc(tileWidth * hashBytes) };
    edge[level] = started;
    return started;
  };

  /** Called after a hash was written at the tile's width. */
  const advance = (level: number) => {
    const tile = edgeAt(level);
    tile.width += 1;
    if (tile.width < tileWidth) return;
    finished.set(`${level}/${tile.index}`, {
      level,
      index: tile.index,
      width: tileWidth,
      bytes: tile.hashes,
    });
    const above = edgeAt(level + 1);
    merkleRoot(tile.hashes).copy(above.hashes, above.width * hashBytes);
    edge[level] = { index: tile.index + 1, width: 0, hashes: Buffer.alloc(tileWidth * hashBytes) };
    advance(level + 1);
  };

  const heldTile: GrowingTree['tile'] = ({ level, index }) => {
    const growing = edge[level];
    return growing?.index === index ? growing.hashes : finished.get(`${level}/${index}`)?.bytes;
  };

  return {
    get size() {
      return size;
    },
    root(at = size) {
      if (at === 0) return emptyRoot();
      const read = nodesFromTiles(at, (wanted) => {
        const tile = heldTile(wanted);
        if (tile) return tile;
        throw new Error('The right edge of the tree is incomplete.');
      });
      return hashRange({ begin: 0, end: at }, read);
    },
    append(entries) {
      for (const entry of entries) {
        const tile = edgeAt(0);
        writeLeafHash(entry, tile.hashes, tile.width * hashBytes);
        advance(0);
      }
      size += entries.length;
    },
    appendHashes(hashes) {
      for (let offset = 0; offset < hashes.length; offset += hashBytes) {
        const tile = edgeAt(0);
        hashes.copy(tile.hashes, tile.width * hashBytes, offset, offset + hashBytes);
        advance(0);
      }
      size += hashes.length / hashBytes;
    },
    tile: heldTile,
    finishedTiles: () => [...finished.values()],
    growingTiles: () =>
      edge.flatMap(({ index, width, hashes }, level) =>
        width === 0 ? [] : { level, index, width, bytes: Buffer.from(hashes.subarray(0, width * hashBytes)) },
      ),
    forgetBefore(durable) {
      for (const [name, { level, index }] of finished)
        if ((index + 1) * tileWidth * hashSpan(level) <= durable) finished.delete(name);
    },
  };
}

function loadEdge(size: number, readEdge: GrowingTreeStart['readEdge']): EdgeTile[] {
  return Array.from({ length: tileLevels(size) }, (_, level) => {
    const total = levelWidth(level, size);
    const index = Math.floor(total / tileWidth);
    const width = total % tileWidth;
    const hashes = Buffer.alloc(tileWidth * hashBytes);
    if (width > 0) readEdge({ level, index, width }).copy(hashes, 0, 0, width * hashBytes);
    return { index, width, hashes };
  });
}
