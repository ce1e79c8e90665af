import { Fault } from '../../kernel/index.ts';
import { entryDivider, openFrame } from '../engine/frames.ts';
import type { AppendedBatch } from '../engine/messages.ts';
import { type Entry, entryText } from '../entry.ts';
import { Summing } from '../search/summary.ts';
import { longestEntryBytes } from '../tree/bundle.ts';
import type { Interest } from './interest.ts';

/** A summary counts for every bundle a batch reaches into: one of a long batch would bring the terms of all its entries into each. */
const mostSummarized = 128;

/** Entries on their way together. They share one promise: a frame becomes durable as a whole or not at all. */
export interface Batch {
  /** The JSON texts behind an empty one, so that joining them puts a divider before each; given up once they are encoded, since what waits for a disk outlives the young generation. */
  texts: string[];
  /** Each in its place, if a subscriber reads it. */
  readonly entries: (Entry | undefined)[];
  /** Whose reading was asked about. */
  readonly interest: Interest;
  readonly summing: Summing;
  /** In UTF-16 units. */
  length: number;
  /** Whether it tells of a gap. */
  tellsGap: boolean;
  readonly durable: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
}

export function createBatch(interest: Interest): Batch {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Whoever appended sees the rejection; an entry nobody waited for must not end the process.
  promise.catch(() => {});
  return {
    texts: [''],
    entries: [],
    interest,
    summing: new Summing(),
    length: 0,
    tellsGap: false,
    durable: promise,
    resolve,
    reject,
  };
}

/** Throws Fault `ledger.entry-too-large`; then nothing was added. */
export function addEntry(batch: Batch, entry: Entry): void {
  const text = encodeEntry(entry);
  batch.texts.push(text);
  batch.entries.push(batch.interest.has(entry.kind) ? entry : undefined);
  batch.summing.add(entry);
  batch.length += text.length;
  if (entry.kind === 'ledger.gap') batch.tellsGap = true;
}

/** The batch as the engine takes it. Joined once, since a text put together piece by piece is copied each time. */
export function encodeBatch(batch: Batch): AppendedBatch {
  const { texts, summing } = batch;
  batch.texts = [];
  return {
    frame: openFrame(texts.join(entryDivider)),
    summary: batch.entries.length <= mostSummarized ? summing.summary() : undefined,
  };
}

/** What a UTF-16 unit takes at most, so that a short text needs no counting. */
const bytesPerUnit = 3;

/** The text of an entry as the ledger keeps it. Throws Fault `ledger.entry-too-large`. */
function encodeEntry(entry: Entry): string {
  const text = entryText(entry);
  if (text.length * bytesPerUnit > longestEntryBytes && Buffer.byteLength(text) > longestEntryBytes) {
    throw new Fault('ledger.entry-too-large', { detail: `Kind ${entry.kind}.` });
  }
  return text;
}
