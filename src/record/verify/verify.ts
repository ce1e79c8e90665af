import { readMinimumIndex } from '../engine/pruning.ts';
import { createLedgerReader, type LedgerReader } from '../files.ts';
import { openNote, openOwnCheckpoint, type TreeHead } from '../tree/note.ts';
import { hashRange } from '../tree/proofs.ts';
import { readStoredTile } from '../tree/stored.ts';
import { hashSpan, nodesFromTiles, tileWidth } from '../tree/tiles.ts';
import { checkContents } from './contents.ts';
import { checkJournal } from './journal.ts';
import { checkLayout } from './layout.ts';
import { createReport, type Report } from './report.ts';

export interface VerifyLedger {
  readonly folder: string;
  /** Keys known from elsewhere than the folder. One signature by any of them is enough. */
  readonly verifierKeys: readonly string[];
  /** A checkpoint seen earlier: shows a ledger that was rolled back or forked since. */
  readonly checkpoint?: string;
  readonly onProgress?: (done: number, total: number) => void;
  /** Instead of the folder on disk. */
  readonly reader?: LedgerReader;
}

export interface LedgerVerification {
  readonly ok: boolean;
  /** Entries found, signed or not. */
  readonly size: number;
  /** Base64, of the newest checkpoint; empty where it cannot be trusted. */
  readonly rootHash: string;
  readonly problems: readonly string[];
  /** Traces of a crash and the like, which are no problem. */
  readonly notes: readonly string[];
  readonly signedSize: number;
  /** Entries in the journal that no checkpoint covers yet. */
  readonly unsigned: number;
  /** Entries before this one were pruned. */
  readonly minimumIndex: number;
  /** `consistent`: the ledger begins with what the earlier checkpoint signed. `pruned`: that cannot be checked any more. Undefined: a problem, or not asked for. */
  readonly earlier?: 'consistent' | 'pruned';
}

const attempts = 3;

/**
 * Checks a ledger from its folder and public keys alone: every entry is hashed anew, up to the root the checkpoint signs, and every
 * file is held against the result. A ledger that is being written is checked as of its newest checkpoint.
 */
export async function verifyLedger(options: VerifyLedger): Promise<LedgerVerification> {
  const reader = options.reader ?? createLedgerReader(options.folder);
  for (let attempt = 1; ; attempt++) {
    const before = reader.read('checkpoint');
    const verification = await verifyOnce(reader, options);
    const after = reader.read('checkpoint');
    const moved = before && after && !before.equals(after);
    // A checkpoint made meanwhile moves files; what was seen then may be half of each.
    if (verification.ok || !moved || attempt === attempts) return verification;
  }
}

async function verifyOnce(reader: LedgerReader, options: VerifyLedger): Promise<LedgerVerification> {
  const { verifierKeys, onProgress = () => {} } = options;
  const report = createReport();
  const head = readHead(reader, verifierKeys, report);
  // The listing comes before the journal: what is written in between is then in the journal.
  const tiles = checkLayout(reader, verifierKeys, report);
  const minimumIndex = readMinimumIndex(reader);
  if (minimumIndex === undefined) report.problem('The file minimum-index is not a whole number of bundles.');
  if (!head || minimumIndex === undefined)
    return conclude({ report, head, end: head?.size ?? 0, minimumIndex: 0 });
  if (minimumIndex > head.size) report.problem('The minimum index lies beyond the checkpoint.');
  const signedSize = head.size;
  const journal = checkJournal(reader, signedSize, report);
  const contents = await checkContents({
    reader,
    tiles,
    signedSize,
    minimumIndex,
    journal,
    report,
    onProgress,
  });
  if (contents.root && !contents.root.equals(head.root))
    report.problem('The entries do not lead to the root hash of the checkpoint.');
  if (!contents.root) report.problem('The root hash could not be computed.');
  if (minimumIndex > contents.announcedMinimum) {
    report.problem(`Entries below ${minimumIndex} are missing, and no entry tells that they were pruned.`);
  }
  const earlier =
    options.checkpoint === undefined
      ? undefined
      : checkEarlier({ reader, head, verifierKeys, earlier: options.checkpoint, minimumIndex, report });
  const conclusion = conclude({ report, head, end: journal.end, minimumIndex });
  return earlier === undefined ? conclusion : { ...conclusion, earlier };
}

function readHead(
  reader: LedgerReader,
  verifierKeys: readonly string[],
  report: Report,
): TreeHead | undefined {
  const note = reader.read('checkpoint');
  if (note === undefined) {
    report.problem('There is no checkpoint.');
    return undefined;
  }
  const opened = openOwnCheckpoint(note, verifierKeys);
  if (opened.ok) return opened.head;
  report.problem(`The checkpoint cannot be trusted: ${opened.problem}.`);
  return undefined;
}

interface Earlier {
  readonly reader: LedgerReader;
  readonly head: TreeHead;
  readonly verifierKeys: readonly string[];
  readonly earlier: string;
  readonly minimumIndex: number;
  readonly report: Report;
}

function checkEarlier({
  reader,
  head,
  verifierKeys,
  earlier,
  minimumIndex,
  report,
}: Earlier): LedgerVerification['earlier'] {
  const wrong = (problem: string): undefined => report.problem(problem) as undefined;
  const opened = openNote(earlier, verifierKeys);
  if (!opened.ok) return wrong(`The earlier checkpoint cannot be trusted: ${opened.problem}.`);
  const { origin, size, root } = opened.head;
  if (origin !== head.origin) return wrong(`The earlier checkpoint is of another ledger, ${origin}.`);
  // RFC 9162 section 2.1.4: every tree is consistent with the empty one, so it would prove nothing.
  if (size === 0) return wrong('The earlier checkpoint is of the empty ledger, which proves nothing.');
  if (size > head.size) {
    return wrong(`The ledger was rolled back: it had ${size} signed entries and has ${head.size}.`);
  }
  const read = nodesFromTiles(head.size, (tile) => {
    const bytes = readStoredTile(reader, tile);
    if (bytes) return bytes;
    throw (tile.index + 1) * tileWidth * hashSpan(tile.level) <= minimumIndex
      ? new PrunedError()
      : new RangeError('The tiles of the earlier checkpoint are missing.');
  });
  try {
    if (hashRange({ begin: 0, end: size }, read).equals(root)) return 'consistent';
    return wrong(
      `The ledger was forked: its first ${size} entries are not those the earlier checkpoint signed.`,
    );
  } catch (error) {
    if (error instanceof PrunedError) return 'pruned';
    if (!(error instanceof RangeError)) throw error;
    return wrong(`The earlier checkpoint cannot be checked: ${error.message}`);
  }
}

/** Hashes that an earlier version removed together with their entries. */
class PrunedError extends Error {}

interface Conclusion {
  readonly report: Report;
  readonly head: TreeHead | undefined;
  readonly end: number;
  readonly minimumIndex: number;
}

function conclude({ report, head, end, minimumIndex }: Conclusion): LedgerVerification {
  const signedSize = head?.size ?? 0;
  return {
    ok: report.problems.length === 0,
    size: end,
    rootHash: head?.root.toString('base64') ?? '',
    problems: report.problems,
    notes: report.notes,
    signedSize,
    unsigned: end - signedSize,
    minimumIndex,
  };
}
