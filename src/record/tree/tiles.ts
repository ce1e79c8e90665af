import { hashBytes, merkleRoot } from './hash.ts';
import type { Node, ReadNode } from './proofs.ts';

/** Hashes in a full tile, and entries in a full bundle. */
export const tileWidth = 256;
const levelsPerTile = 8;

export type TileLevel = number | 'entries';

export interface Tile {
  readonly level: TileLevel;
  readonly index: number;
  /** 1 to 256. */
  readonly width: number;
}

/** `tile/<L>/<N>[.p/<W>]`: 3-digit groups of N, all but the last marked with `x` (C2SP tlog-tiles, "Merkle Tree"). */
export function tilePath({ level, index, width }: Tile): string {
  const full = `tile/${level}/${groups(index)}`;
  return width === tileWidth ? full : `${full}.p/${width}`;
}

function groups(index: number): string {
  let path = String(index % 1000).padStart(3, '0');
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`;
  }
  return path;
}

/** Reads back what `tilePath` writes; undefined for every other text, so that no file has two names. */
export function parseTilePath(path: string): Tile | undefined {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (!match) return undefined;
  const level: TileLevel = match[1] === 'entries' ? 'entries' : Number(match[1]);
  const index = Number((match[2] ?? '').replaceAll(/[x/]/g, ''));
  const tile: Tile = { level, index, width: match[3] === undefined ? tileWidth : Number(match[3]) };
  return tile.width > 0 && tilePath(tile) === path ? tile : undefined;
}

/** How many leaves one hash of a tile at this level stands for. */
export function hashSpan(level: TileLevel): number {
  return level === 'entries' ? 1 : tileWidth ** level;
}

/** How many hashes (or entries) a level holds in a tree of this size. */
export function levelWidth(level: TileLevel, size: number): number {
  return Math.floor(size / hashSpan(level));
}

/** The width of tile `index` at `level` in a tree of `size`: 0 where it does not exist. */
export function widthIn({ level, index }: Omit<Tile, 'width'>, size: number): number {
  return Math.max(0, Math.min(tileWidth, levelWidth(level, size) - index * tileWidth));
}

/** How many entries of a tree of this size stand in whole bundles: where its unfinished bundle begins. */
export function wholeBundlesIn(size: number): number {
  return size - (size % tileWidth);
}

/** How many tile levels a tree of this size has. */
export function tileLevels(size: number): number {
  let levels = 0;
  while (levelWidth(levels, size) > 0) levels += 1;
  return levels;
}

/** A tile of hashes, as opposed to a bundle of entries. */
export interface HashTile extends Tile {
  readonly level: number;
}

/** At least the first `width` hashes of a tile. */
export type ReadTile = (tile: HashTile) => Uint8Array;

/** Subtree hashes of a tree of `size`, computed from its tiles. */
export function nodesFromTiles(size: number, readTile: ReadTile): ReadNode {
  return ({ level, index }: Node) => {
    const tileLevel = Math.floor(level / levelsPerTile);
    const count = 2 ** (level % levelsPerTile);
    const first = index * count;
    const tileIndex = Math.floor(first / tileWidth);
    const width = widthIn({ level: tileLevel, index: tileIndex }, size);
    const offset = first % tileWidth;
    if (offset + count > width)
      throw new RangeError(`A tree of ${size} has no node ${index} at level ${level}.`);
    const hashes = readTile({ level: tileLevel, index: tileIndex, width });
    return merkleRoot(hashes.subarray(offset * hashBytes, (offset + count) * hashBytes));
  };
}
