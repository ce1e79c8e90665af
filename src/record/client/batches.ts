import { Fault } from '../../kernel/index.ts';
import { OpenFrame } from '../engine/frames.ts';
import type { AppendedBatch } from '../engine/messages.ts';
import { type Entry, entryText, isTooLong } from '../entry.ts';
import { SummingParts } from '../search/summary.ts';
import type { Interest } from './interest.ts';

/** Entries on their way together. They share one promise: a frame becomes durable as a whole or not at all. */
export interface Batch {
  /** Encoded as they come: what waits for a disk outlives the young generation, and neither texts nor objects are to be copied there. */
  readonly frame: OpenFrame;
  /** Each in its place, if a subscriber reads it. */
  readonly entries: (Entry | undefined)[];
  /** Whose reading was asked about. */
  readonly interest: Interest;
  readonly summing: SummingParts;
  /** Entries of callers, as opposed to those the ledger adds about itself. */
  handedIn: number;
  /** Whether it tells of a gap. */
  tellsGap: boolean;
  readonly durable: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
}

export function createBatch(interest: Interest, expectedBytes?: number, used?: ArrayBuffer): Batch {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Whoever appended sees the rejection; an entry nobody waited for must not end the process.
  promise.catch(() => {});
  return {
    frame: new OpenFrame(expectedBytes, used),
    entries: [],
    interest,
    summing: new SummingParts(),
    handedIn: 0,
    tellsGap: false,
    durable: promise,
    resolve,
    reject,
  };
}

/** Throws Fault `ledger.entry-too-large`; then nothing was added. */
export function addEntry(batch: Batch, entry: Entry): void {
  const text = encodeEntry(entry);
  batch.summing.add(entry);
  batch.frame.add(text);
  batch.entries.push(batch.interest.has(entry.kind) ? entry : undefined);
  if (entry.kind === 'ledger.gap') batch.tellsGap = true;
}

/** The batch as the engine takes it. */
export function takeBatch({ frame, summing }: Batch, epoch: number): AppendedBatch {
  return { frame: frame.take(), parts: summing.take(), epoch };
}

/** The text of an entry as the ledger keeps it. Throws Fault `ledger.entry-too-large`. */
function encodeEntry(entry: Entry): string {
  const text = entryText(entry);
  if (isTooLong(text)) throw new Fault('ledger.entry-too-large', { detail: `Kind ${entry.kind}.` });
  return text;
}
