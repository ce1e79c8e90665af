import type { Entry, EntryOutcome } from './entry.ts';

/** The state of the ledger: a live view, not a copy, since the gate looks at it on every call. */
export interface LedgerStatus {
  readonly writable: boolean;
  /** Why it is not writable, or a warning (`disk low`), for /readyz and the operator. */
  readonly problem?: string | undefined;
  /** Entries durable on disk. */
  readonly size: number;
  /** Entries covered by the newest signed checkpoint. */
  readonly signedSize: number;
  /** Appends handed over and not yet durable. */
  readonly outstanding: number;
  readonly freeBytes: number;
  readonly diskLow: boolean;
}

export interface LedgerQuery {
  readonly since?: number;
  readonly until?: number;
  readonly kind?: string;
  readonly actor?: string;
  readonly source?: string;
  readonly target?: string;
  readonly outcome?: EntryOutcome;
  readonly reason?: string;
  /** Equal to `detail.route`, `detail.model`, `detail.role`, `detail.subject`. */
  readonly route?: string;
  readonly model?: string;
  readonly role?: string;
  /** The id of a data subject. */
  readonly subject?: string;
  /** Start at this index (inclusive when ascending; exclusive upper bound when descending). */
  readonly from?: number;
  readonly limit?: number;
  readonly order?: 'oldest' | 'newest';
}

export interface RecordedEntry {
  readonly index: number;
  readonly entry: Entry;
  /** Whether a signed checkpoint covers it yet. */
  readonly signed: boolean;
}

/** All that is needed to check, offline, that an entry is in the tree of a checkpoint (RFC 6962 section 2.1.1). */
export interface InclusionProof {
  readonly index: number;
  readonly treeSize: number;
  /** Base64. */
  readonly leafHash: string;
  /** Base64, from the leaf's sibling upwards. */
  readonly hashes: readonly string[];
  /** The signed note, as in the file `checkpoint`. */
  readonly checkpoint: string;
}

/** RFC 9162 section 2.1.4. */
export interface ConsistencyProof {
  readonly first: number;
  readonly second: number;
  /** Base64. */
  readonly hashes: readonly string[];
  /** Of the second tree. */
  readonly checkpoint: string;
}

/**
 * What a subscriber makes of the entries of some time. The ledger asks for a new batch, gives it entries, and when the batch is full or the
 * subscriber has rested, has it made durable while the next one forms.
 */
export interface SubscriberBatch {
  /** One entry, in order, as soon as it is durable. Whoever keeps sums instead of entries costs no memory for the time it rests. */
  take(recorded: RecordedEntry): void;
  /** Whether it should rest no longer; while the batch before is not yet durable, it gets nothing more. */
  readonly full: boolean;
  /**
   * Makes what was taken durable. `next` is the index the following batch begins at: more than the last entry's where the rest was not
   * wanted. Called again, with the same `next`, until it resolves.
   */
  commit(next: number): Promise<void>;
}

export interface SubscribeOptions {
  /** Only entries of these kinds are handed over. Default: all. */
  readonly kinds?: readonly string[];
}

export interface Subscription {
  /** Resolves when everything up to the present size is committed; rejects with Fault `ledger.unavailable` when the subscription is closed before. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface Ledger {
  /**
   * Hands an entry over. Resolves when it is durable (fdatasync returned); rejects with Fault `ledger.unavailable`
   * when it cannot be made so. A rejection that nobody waits for does no harm. Does no I/O and no hashing on the calling thread.
   * The entry is not to be changed after: subscribers get it as it is.
   */
  append(entry: Entry): Promise<void>;
  readonly status: LedgerStatus;
  onStatus(listener: (status: LedgerStatus) => void): () => void;
  /** The C2SP verifier key: `name+hash+base64`. */
  readonly verifierKey: string;
  /** The highest number of a change of the store that any entry recorded when the ledger was opened. */
  readonly lastChange: number;
  search(query: LedgerQuery): AsyncIterable<RecordedEntry>;
  find(id: string): Promise<RecordedEntry | undefined>;
  /** A proof against the newest checkpoint; waits for one that covers the entry. */
  prove(id: string): Promise<InclusionProof | undefined>;
  /** A proof that a ledger of `first` entries is the beginning of the newest checkpoint's. */
  proveConsistency(first: number): Promise<ConsistencyProof>;
  /**
   * JSON lines that prove themselves (`verifyExport`): every entry from the first to the last that happened in the span.
   * Nothing where there is none.
   */
  exportRange(span: { readonly since?: number; readonly until?: number }): AsyncIterable<string>;
  /**
   * Gives durable entries in order to batches that `begin` makes, from a cursor kept under `name`; the cursor moves only after a
   * batch is committed, so that a crash skips nothing. Entries may come again after a crash, and must be counted once (by index).
   * Throws Fault `api.conflict` where the name has subscribed already.
   */
  subscribe(name: string, begin: () => SubscriberBatch, options?: SubscribeOptions): Promise<Subscription>;
  /** Drops entry bundles and tiles older than this, as tlog-tiles defines pruning, for the `actor` (default: `system`). Returns the new minimum index. */
  prune(olderThan: number, actor?: string): Promise<number>;
  /** Everything outstanding made durable, integrated and signed; then closed. */
  close(): Promise<void>;
}
