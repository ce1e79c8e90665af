import { Fault } from '../../kernel/index.ts';
import { entryDivider } from '../engine/frames.ts';
import { type Entry, entryText } from '../entry.ts';
import { longestEntryBytes } from '../tree/bundle.ts';

/** Entries on their way together. They share one promise: a frame becomes durable as a whole or not at all. */
export interface Batch {
  readonly entries: Entry[];
  readonly durable: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
  /** The JSON texts, each behind a divider. */
  text: string;
}

export function createBatch(): Batch {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Whoever appended sees the rejection; an entry nobody waited for must not end the process.
  promise.catch(() => {});
  return { entries: [], durable: promise, resolve, reject, text: '' };
}

/** What a UTF-16 unit takes at most, so that a short text needs no counting. */
const bytesPerUnit = 3;

/** The text of an entry as the ledger keeps it, behind its divider. */
export function encodeEntry(entry: Entry): string {
  const text = entryText(entry);
  if (text.length * bytesPerUnit > longestEntryBytes && Buffer.byteLength(text) > longestEntryBytes) {
    throw new Fault('ledger.entry-too-large', { detail: `Kind ${entry.kind}.` });
  }
  return entryDivider + text;
}
