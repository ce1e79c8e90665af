import { hashBytes } from './hash.ts';
import type { LedgerReader } from '../files.ts';
import { decodeBundle } from './bundle.ts';
import { type HashTile, type Tile, tilePath, tileWidth } from './tiles.ts';

/** The widths in which a tile lies in the folder, narrowest first. */
export function storedWidths(reader: LedgerReader, { level, index }: Omit<Tile, 'width'>): number[] {
  const full = tilePath({ level, index, width: tileWidth });
  const partial = reader.list(`${full}.p`).map(Number).filter(Number.isInteger);
  const folder = full.slice(0, full.lastIndexOf('/'));
  const name = full.slice(folder.length + 1);
  return [...partial.sort((a, b) => a - b), ...(reader.list(folder).includes(name) ? [tileWidth] : [])];
}

/** Reads a tile as it was at a width. A wider version holds it as its beginning, and replaces it once it is full. */
function readWidest(reader: LedgerReader, tile: Tile): Buffer | undefined {
  const exact = reader.read(tilePath(tile));
  if (exact) return exact;
  const full = reader.read(tilePath({ ...tile, width: tileWidth }));
  if (full) return full;
  const wider = storedWidths(reader, tile).find((width) => width > tile.width);
  return wider === undefined ? undefined : reader.read(tilePath({ ...tile, width: wider }));
}

/** The first `width` hashes of a tile; undefined where they are missing or cut short. */
export function readStoredTile(reader: LedgerReader, tile: HashTile): Buffer | undefined {
  const bytes = readWidest(reader, tile);
  const wanted = tile.width * hashBytes;
  return bytes && bytes.length >= wanted ? bytes.subarray(0, wanted) : undefined;
}

/** The first `width` entries of a bundle; undefined where they are missing or broken. */
export function readStoredBundle(reader: LedgerReader, index: number, width: number): Buffer[] | undefined {
  const bytes = readWidest(reader, { level: 'entries', index, width });
  const entries = bytes && decodeBundle(bytes);
  return entries && entries.length >= width ? entries.slice(0, width) : undefined;
}
