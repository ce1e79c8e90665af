import { Fault } from '../../kernel/index.ts';
import type { LedgerFiles } from '../files.ts';
import { createGrowingTree, type GrowingTree } from '../tree/growing.ts';
import { emptyRoot, leafHash } from '../tree/hash.ts';
import { openOwnCheckpoint } from '../tree/note.ts';
import { readStoredBundle, readStoredTile } from '../tree/stored.ts';
import { tileWidth } from '../tree/tiles.ts';
import { checkpointPath } from './integrator.ts';
import { journalFolder, readSegments, replay, type StoredSegment } from './journal.ts';
import { temporaryFolder } from './placer.ts';
import { createTail, type Tail } from './tail.ts';

export interface Recovered {
  readonly tree: GrowingTree;
  readonly tail: Tail;
  readonly signedSize: number;
  /** Empty where none was ever signed. */
  readonly checkpoint: string;
  readonly segments: readonly StoredSegment[];
  readonly replayed: number;
  readonly tornBytes: number;
}

/**
 * Brings the ledger back to every entry that was acknowledged: the signed tree, then the journal on top. What does not fit
 * together is refused, never mended: a folder somebody changed must not get a new signature.
 */
export function recover(files: LedgerFiles, verifierKeys: readonly string[]): Recovered {
  files.makeFolder(journalFolder);
  files.remove(temporaryFolder);
  files.makeFolder(temporaryFolder);
  const { size: signedSize, root, note } = readCheckpoint(files, verifierKeys);
  const segments = readSegments(files);
  const tree = createGrowingTree({
    size: signedSize,
    readEdge(tile) {
      return (
        readStoredTile(files, tile) ??
        refuse(`A tile the checkpoint covers is missing or cut: level ${tile.level}, ${tile.index}.`)
      );
    },
  });
  if (!tree.root().equals(root)) refuse('The tiles do not lead to the root hash of the checkpoint.');
  const tail = readTail(files, signedSize);
  for (const { index, data } of replay(segments)) {
    if (index < tree.size) continue;
    if (index > tree.size) refuse(`The journal goes on at entry ${index}, but ${tree.size} is missing.`);
    tree.append([data]);
    tail.append([data]);
  }
  const damaged = segments.find(({ content }) => content?.damaged);
  if (damaged) refuse(`${damaged.path} has a broken frame before whole ones.`);
  const tornBytes = segments.reduce((total, { content }) => total + (content?.tornBytes ?? 0), 0);
  return { tree, tail, signedSize, checkpoint: note, segments, replayed: tree.size - signedSize, tornBytes };
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
