import { giveWay } from '../engine/pruning.ts';
import type { LedgerReader } from '../files.ts';
import { decodeBundle, encodeBundle } from '../tree/bundle.ts';
import { createGrowingTree, type GrowingTree, type TileHashes } from '../tree/growing.ts';
import { hashBytes } from '../tree/hash.ts';
import { readStoredTile } from '../tree/stored.ts';
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

const prunedKind = Buffer.from('"kind":"ledger.pruned"');
const bundlesPerTurn = 64;

/**
 * Hashes every entry anew and holds each file against it: bundles, tiles at every level in every width. What lies beyond the
 * signed size must be what the journal holds.
 */
export async function checkContents(options: ContentsOptions): Promise<Contents> {
  const { reader, signedSize, minimumIndex, journal, report, onProgress } = options;
  const files = createFileSet(options);
  const tree = startTree(options);
  if (!tree) return { root: undefined, announcedMinimum: 0 };
  let root = minimumIndex === signedSize ? tree.root() : undefined;
  let announcedMinimum = 0;
  for (let begin = minimumIndex; begin < journal.end; begin += tileWidth) {
    const index = begin / tileWidth;
    const signedWidth = widthIn({ level: 'entries', index }, signedSize);
    const signed = readSignedEntries({ ...options, files, index, width: signedWidth });
    if (!signed) return { root: undefined, announcedMinimum };
    const entries = [...signed, ...unsignedEntries(journal, begin + signedWidth, begin + tileWidth)];
    compareJournal(begin, entries, options);
    files.checkBundle(index, entries);
    tree.append(entries.slice(0, signedWidth).map(prefixed));
    if (signedWidth > 0 && tree.size === signedSize) root = tree.root();
    tree.append(entries.slice(signedWidth).map(prefixed));
    for (const tile of tree.finishedTiles()) files.checkTile(tile);
    tree.forgetBefore(tree.size);
    announcedMinimum = Math.max(announcedMinimum, ...entries.map(minimumAnnounced));
    if (index % bundlesPerTurn === 0) {
      onProgress(tree.size, journal.end);
      await giveWay();
    }
  }
  for (const tile of tree.growingTiles()) files.checkTile(tile);
  files.reportUnchecked();
  onProgress(journal.end, journal.end);
  return { root, announcedMinimum };

  function startTree({ signedSize: size }: ContentsOptions): GrowingTree | undefined {
    try {
      return createGrowingTree({
        size: minimumIndex,
        readEdge(tile) {
          const bytes = readStoredTile(reader, tile);
          if (!bytes)
            throw new RangeError(
              `${tilePath(tile)} is missing or cut: it holds what was pruned below entry ${size}.`,
            );
          return bytes;
        },
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      report.problem(error.message);
      return undefined;
    }
  }
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

function minimumAnnounced(entry: Buffer): number {
  if (!entry.includes(prunedKind)) return 0;
  const { kind, detail } = JSON.parse(entry.toString()) as {
    kind?: unknown;
    detail?: { minimumIndex?: unknown };
  };
  const minimum = kind === 'ledger.pruned' ? detail?.minimumIndex : 0;
  return typeof minimum === 'number' ? minimum : 0;
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
