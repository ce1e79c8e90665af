import { announcedBy } from '../engine/announced.ts';
import { giveWay } from '../engine/pruning.ts';
import type { LedgerReader } from '../files.ts';
import { decodeBundle, encodeBundle } from '../tree/bundle.ts';
import { createGrowingTree, type GrowingTree, type TileHashes } from '../tree/growing.ts';
import { hashBytes } from '../tree/hash.ts';
import { firstHashedEntry, readStoredTile } from '../tree/stored.ts';
import { hashSpan, type Tile, type TileLevel, tilePath, tileWidth, widthIn } from '../tree/tiles.ts';
import type { JournalEntries } from './journal.ts';
import type { Report } from './report.ts';

export interface ContentsOptions {
  readonly reader: LedgerReader;
  /** Every tile and bundle file there is. */
  readonly tiles: readonly Tile[];
  readonly signedSize: number;
  readonly minimumIndex: number;
  readonly journal: JournalEntries;
  readonly report: Report;
  readonly onProgress: (done: number, total: number) => void;
}

export interface Contents {
  /** The root over the signed entries, computed from them; undefined where they cannot be read. */
  readonly root: Buffer | undefined;
  /** The highest minimum index any pruning entry announces. */
  readonly announcedMinimum: number;
}

const bundlesPerTurn = 64;

/**
 * Hashes every entry anew and holds each file against it: bundles, tiles at every level in every width. What lies beyond the
 * signed size must be what the journal holds.
 */
export async function checkContents(options: ContentsOptions): Promise<Contents> {
  const { signedSize, minimumIndex, journal, onProgress } = options;
  const files = createFileSet(options);
  const tree = startTree(options);
  if (!tree) return { root: undefined, announcedMinimum: 0 };
  if (!appendPruned(options, files, tree)) return { root: undefined, announcedMinimum: 0 };
  let root = minimumIndex === signedSize ? tree.root() : undefined;
  const found = { minimumIndex: 0, change: 0 };
  for (let begin = minimumIndex; begin < journal.end; begin += tileWidth) {
    const index = begin / tileWidth;
    const signedWidth = widthIn({ level: 'entries', index }, signedSize);
    const signed = readSignedEntries({ ...options, files, index, width: signedWidth });
    if (!signed) return { root: undefined, announcedMinimum: found.minimumIndex };
    const entries = [...signed, ...unsignedEntries(journal, begin + signedWidth, begin + tileWidth)];
    compareJournal(begin, entries, options);
    files.checkBundle(index, entries);
    tree.append(entries.slice(0, signedWidth).map(prefixed));
    if (signedWidth > 0 && tree.size === signedSize) root = tree.root();
    tree.append(entries.slice(signedWidth).map(prefixed));
    for (const tile of tree.finishedTiles()) files.checkTile(tile);
    tree.forgetBefore(tree.size);
    for (const entry of entries) announcedBy(entry, found);
    if (index % bundlesPerTurn === 0) {
      onProgress(tree.size, journal.end);
      await giveWay();
    }
  }
  for (const tile of tree.growingTiles()) files.checkTile(tile);
  files.reportUnchecked();
  onProgress(journal.end, journal.end);
  return { root, announcedMinimum: found.minimumIndex };
}

/** Begins where the hashes begin. */
function startTree({ reader, minimumIndex, report }: ContentsOptions): GrowingTree | undefined {
  const size = firstHashedEntry(reader, minimumIndex);
  if (size > 0) report.note(`The hashes of entries below ${size} were pruned by an earlier version.`);
  try {
    return createGrowingTree({
      size,
      readEdge(tile) {
        const bytes = readStoredTile(reader, tile);
        if (!bytes) throw new RangeError(`${tilePath(tile)} is missing or cut: it holds what was pruned.`);
        return bytes;
      },
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report.problem(error.message);
    return undefined;
  }
}

/** The hashes of entries that were pruned lead to the root like those of any other. */
function appendPruned(
  { reader, minimumIndex, report }: ContentsOptions,
  files: FileSet,
  tree: GrowingTree,
): boolean {
  while (tree.size < minimumIndex) {
    const tile = { level: 0, index: tree.size / tileWidth, width: tileWidth };
    const hashes = readStoredTile(reader, tile);
    if (!hashes) {
      report.problem(`${tilePath(tile)} is missing or cut.`);
      return false;
    }
    tree.appendHashes(hashes);
    for (const finished of tree.finishedTiles()) files.checkTile(finished);
    tree.forgetBefore(tree.size);
  }
  return true;
}

function readSignedEntries(
  options: ContentsOptions & { readonly files: FileSet; readonly index: number; readonly width: number },
): Buffer[] | undefined {
  const { reader, files, report, index, width } = options;
  if (width === 0) return [];
  const stored = files.widths('entries', index).find((present) => present >= width);
  const path = tilePath({ level: 'entries', index, width: stored ?? width });
  const bytes = reader.read(path);
  const entries = bytes && decodeBundle(bytes);
  if (entries && entries.length >= width) return entries.slice(0, width);
  report.problem(bytes ? `${path} is not a bundle of ${stored ?? width} entries.` : `${path} is missing.`);
  return undefined;
}

function unsignedEntries(journal: JournalEntries, begin: number, end: number): Buffer[] {
  const entries: Buffer[] = [];
  for (let index = begin; index < Math.min(end, journal.end); index++) {
    const entry = journal.get(index);
    if (entry) entries.push(entry);
  }
  return entries;
}

function compareJournal(
  begin: number,
  entries: readonly Buffer[],
  { journal, report }: ContentsOptions,
): void {
  for (const [offset, entry] of entries.entries()) {
    const held = journal.get(begin + offset);
    if (held && !held.equals(entry))
      report.problem(`Entry ${begin + offset} differs between the journal and its bundle.`);
  }
}

function prefixed(entry: Buffer): Buffer {
  const bytes = Buffer.alloc(entry.length + 1);
  entry.copy(bytes, 1);
  return bytes;
}

interface FileSet {
  /** In which widths a tile is there, narrowest first. */
  widths(level: TileLevel, index: number): number[];
  checkBundle(index: number, entries: readonly Buffer[]): void;
  checkTile(tile: TileHashes): void;
  reportUnchecked(): void;
}

/** The files found, each of which must be held against something, and the needed ones among them present. */
function createFileSet({ reader, tiles, signedSize, minimumIndex, report }: ContentsOptions): FileSet {
  const unchecked = new Map<string, Tile[]>();
  for (const tile of tiles) {
    const key = `${tile.level}/${tile.index}`;
    const others = unchecked.get(key);
    if (others) others.push(tile);
    else unchecked.set(key, [tile]);
  }

  const take = (level: TileLevel, index: number): Tile[] => {
    const found = unchecked.get(`${level}/${index}`) ?? [];
    unchecked.delete(`${level}/${index}`);
    const needed = widthIn({ level, index }, signedSize);
    if (needed > 0 && !found.some(({ width }) => width >= needed)) {
      report.problem(`${tilePath({ level, index, width: needed })} is missing.`);
    }
    return found;
  };

  const compare = (tile: Tile, expected: Buffer | undefined) => {
    const path = tilePath(tile);
    if (!expected) report.problem(`${path} covers entries that neither a checkpoint nor the journal knows.`);
    else if (!reader.read(path)?.equals(expected)) report.problem(`${path} does not match the entries.`);
  };

  return {
    widths(level, index) {
      const found = unchecked.get(`${level}/${index}`) ?? [];
      return found.map(({ width }) => width).sort((a, b) => a - b);
    },
    checkBundle(index, entries) {
      for (const tile of take('entries', index)) {
        compare(tile, tile.width <= entries.length ? encodeBundle(entries.slice(0, tile.width)) : undefined);
      }
    },
    checkTile({ level, index, width, bytes }) {
      for (const tile of take(level, index)) {
        compare(tile, tile.width <= width ? bytes.subarray(0, tile.width * hashBytes) : undefined);
      }
    },
    reportUnchecked() {
      let pruned = 0;
      for (const tile of [...unchecked.values()].flat()) {
        const end = (tile.index + 1) * tileWidth * hashSpan(tile.level);
        if (end <= minimumIndex) pruned += 1;
        else
          report.problem(`${tilePath(tile)} covers entries that neither a checkpoint nor the journal knows.`);
      }
      if (pruned > 0) report.note(`${pruned} files below the minimum index were not removed yet.`);
    },
  };
}
