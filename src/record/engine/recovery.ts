import { Fault } from '../../kernel/index.ts';
import type { LedgerFiles } from '../files.ts';
import type { GrowingTree } from '../tree/growing.ts';
import { emptyRoot, leafHash } from '../tree/hash.ts';
import { openOwnCheckpoint } from '../tree/note.ts';
import { readStoredBundle, readStoredTile } from '../tree/stored.ts';
import { tileWidth } from '../tree/tiles.ts';
import { announcedBy } from './announced.ts';
import { checkSigned } from './check-signed.ts';
import { entryPrefixBytes } from './frames.ts';
import { checkpointPath } from './integrator.ts';
import { journalFolder, readSegments, replay, type StoredSegment } from './journal.ts';
import { temporaryFolder } from './placer.ts';
import { readMinimumIndex } from './pruning.ts';
import { createTail, type Tail } from './tail.ts';

export interface Recovered {
  readonly tree: GrowingTree;
  readonly tail: Tail;
  readonly signedSize: number;
  /** Empty where none was ever signed. */
  readonly checkpoint: string;
  readonly segments: readonly StoredSegment[];
  readonly replayed: number;
  readonly minimumIndex: number;
  /** The highest number of a change any entry records. */
  readonly lastChange: number;
  readonly tornBytes: number;
}

export interface RecoverOptions {
  readonly files: LedgerFiles;
  readonly verifierKeys: readonly string[];
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Brings the ledger back to every entry that was acknowledged: the signed tree, every entry of it checked, then the journal on top. What
 * does not fit together is refused, never mended: a folder somebody changed must not get a new signature.
 */
export function recover({ files, verifierKeys, onProgress }: RecoverOptions): Recovered {
  files.makeFolder(journalFolder);
  files.remove(temporaryFolder);
  files.makeFolder(temporaryFolder);
  const { size: signedSize, root, note } = readCheckpoint(files, verifierKeys);
  const minimumIndex =
    readMinimumIndex(files) ?? refuse('The file minimum-index is not a whole number of bundles.');
  const { tree, lastChange } = checkSigned({
    reader: files,
    size: signedSize,
    root,
    minimumIndex,
    onProgress: (done) => onProgress(done, signedSize),
  });
  const segments = readSegments(files);
  const tail = readTail(files, signedSize);
  const found = { minimumIndex: 0, change: lastChange };
  for (const { index, data } of replay(segments)) {
    if (index < tree.size) continue;
    if (index > tree.size) refuse(`The journal goes on at entry ${index}, but ${tree.size} is missing.`);
    tree.append([data]);
    tail.append([data]);
    announcedBy(data.subarray(entryPrefixBytes), found);
  }
  const damaged = segments.find(({ content }) => content?.damaged);
  if (damaged) refuse(`${damaged.path} has a broken frame before whole ones.`);
  const tornBytes = segments.reduce((total, { content }) => total + (content?.tornBytes ?? 0), 0);
  const replayed = tree.size - signedSize;
  return {
    tree,
    tail,
    signedSize,
    minimumIndex,
    segments,
    replayed,
    tornBytes,
    checkpoint: note,
    lastChange: found.change,
  };
}

function readCheckpoint(files: LedgerFiles, verifierKeys: readonly string[]) {
  const note = files.read(checkpointPath);
  if (note === undefined) {
    if (files.list('tile').length > 0) refuse('There are tiles but no checkpoint.');
    return { size: 0, root: emptyRoot(), note: '' };
  }
  const opened = openOwnCheckpoint(note, verifierKeys);
  if (!opened.ok) return refuse(`The checkpoint cannot be trusted: ${opened.problem}.`);
  return { size: opened.head.size, root: opened.head.root, note: note.toString() };
}

/** The entries of the bundle the checkpoint ends in, checked against their leaves. */
function readTail(files: LedgerFiles, size: number): Tail {
  const width = size % tileWidth;
  const index = Math.floor(size / tileWidth);
  if (width === 0) return createTail(size, []);
  const entries = readStoredBundle(files, index, width);
  const leaves = readStoredTile(files, { level: 0, index, width });
  if (!entries || !leaves) return refuse(`Bundle ${index} is missing or cut.`);
  if (!Buffer.concat(entries.map(leafHash)).equals(leaves))
    refuse(`Bundle ${index} does not match its tile.`);
  return createTail(
    size - width,
    entries.map((entry) => Buffer.concat([Buffer.alloc(1), entry])),
  );
}

function refuse(detail: string): never {
  throw new Fault('ledger.damaged', { detail });
}
