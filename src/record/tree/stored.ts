import type { LedgerReader } from '../files.ts';
import { decodeBundle } from './bundle.ts';
import { hashBytes } from './hash.ts';
import { type HashTile, type Tile, tilePath, tileWidth } from './tiles.ts';

/** The widths in which a tile lies in the folder, narrowest first. */
export function storedWidths(reader: LedgerReader, { level, index }: Omit<Tile, 'width'>): number[] {
  const full = tilePath({ level, index, width: tileWidth });
  const names = reader.list(`${full}.p`).filter((name) => /^[1-9]\d{0,2}$/.test(name));
  const partial = names.map(Number).filter((width) => width < tileWidth);
  const folder = full.slice(0, full.lastIndexOf('/'));
  const name = full.slice(folder.length + 1);
  return [...partial.sort((a, b) => a - b), ...(reader.list(folder).includes(name) ? [tileWidth] : [])];
}

interface StoredFile {
  readonly bytes: Buffer;
  /** How many hashes or entries it must hold, no more and no fewer. */
  readonly width: number;
}

/** Reads a tile as it was at a width. A wider version holds it as its beginning, and replaces it once it is full. */
function readWidest(reader: LedgerReader, tile: Tile): StoredFile | undefined {
  const at = (width: number): StoredFile | undefined => {
    const bytes = reader.read(tilePath({ ...tile, width }));
    return bytes && { bytes, width };
  };
  const found = at(tile.width) ?? at(tileWidth);
  if (found) return found;
  const wider = storedWidths(reader, tile).find((width) => width > tile.width);
  return wider === undefined ? undefined : at(wider);
}

/** The first `width` hashes of a tile; undefined where its file is missing, cut short or too long. */
export function readStoredTile(reader: LedgerReader, tile: HashTile): Buffer | undefined {
  const stored = readWidest(reader, tile);
  if (stored?.bytes.length !== (stored?.width ?? 0) * hashBytes) return undefined;
  return stored?.bytes.subarray(0, tile.width * hashBytes);
}

/** The first `width` entries of a bundle; undefined where its file is missing or broken, or holds another number of entries than its name says. */
export function readStoredBundle(reader: LedgerReader, index: number, width: number): Buffer[] | undefined {
  const stored = readWidest(reader, { level: 'entries', index, width });
  const entries = stored && decodeBundle(stored.bytes);
  return entries?.length === stored?.width ? entries?.slice(0, width) : undefined;
}

/**
 * The first entry from which on all hashes of leaves are there, at or before the minimum index: 0, but where an earlier version pruned the
 * hash tiles with the entries.
 */
export function firstHashedEntry(reader: LedgerReader, minimumIndex: number): number {
  const holds = (index: number) => reader.read(tilePath({ level: 0, index, width: tileWidth })) !== undefined;
  let first = minimumIndex / tileWidth;
  // Where the first tile is there, all must be.
  if (first === 0 || holds(0)) return 0;
  while (first > 0 && holds(first - 1)) first -= 1;
  return first * tileWidth;
}
