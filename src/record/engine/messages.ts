import type { FaultCode } from '../../kernel/index.ts';
import type { SearchPage } from '../search/search.ts';
import type { SearchQuery } from '../search/query.ts';
import type { SummarizedPart } from '../search/summary.ts';

/** What an engine is made of; crosses the thread boundary, so plain values only. */
export interface EngineSettings {
  readonly folder: string;
  readonly indexFile: string;
  readonly origin: string;
  readonly signingKey: string;
  /** Every key a checkpoint found in the folder may be signed by. */
  readonly verifierKeys: readonly string[];
  readonly segmentBytes: number;
  readonly roomBytes: number;
  readonly checkpointEveryMs: number;
  readonly reserveBytes: number;
  readonly diskPollMs: number;
  readonly reopenAfterMs: number;
  /** Bytes waiting to be integrated from which on appends wait. */
  readonly tailBytes: number;
}

/** Entries that become durable together. */
export interface AppendedBatch {
  /** How many times the caller was told of a recovery before it sent this. What it sent before the last one it has given up already. */
  readonly epoch: number;
  /** A frame of the journal whose head the engine writes. Alone in its memory, which goes over to the engine with it. */
  readonly frame: Uint8Array<ArrayBuffer>;
  /** What its entries say, part after part, so that no bundle has to be read back to be indexed. */
  readonly parts: readonly SummarizedPart[];
}

export type EngineMessage =
  | ({ readonly type: 'append' } & AppendedBatch)
  | { readonly type: 'request'; readonly id: number; readonly request: EngineRequest };

export interface EngineRequests {
  search: { request: SearchQuery; reply: SearchPage };
  read: { request: { from: number; limit: number }; reply: readonly string[] };
  prove: { request: { index: number }; reply: RawInclusion };
  consistency: { request: { first: number }; reply: RawConsistency };
  range: { request: { begin: number; end: number }; reply: RawRange };
  integrate: { request: Record<string, never>; reply: { signedSize: number } };
  planPrune: { request: { olderThan: number; notAfter: number }; reply: { minimumIndex: number } };
  prune: { request: { minimumIndex: number }; reply: { minimumIndex: number } };
  /** Tries at once to write again, where writing failed. */
  reopen: { request: Record<string, never>; reply: Record<string, never> };
  close: { request: Record<string, never>; reply: { signedSize: number } };
}

export type EngineRequest = {
  [Name in keyof EngineRequests]: { readonly name: Name } & EngineRequests[Name]['request'];
}[keyof EngineRequests];

export type EngineReply<Name extends keyof EngineRequests> = EngineRequests[Name]['reply'];

export interface RawInclusion {
  readonly treeSize: number;
  readonly leafHash: string;
  readonly hashes: readonly string[];
  readonly checkpoint: string;
}

export interface RawConsistency {
  readonly second: number;
  readonly hashes: readonly string[];
  readonly checkpoint: string;
}

/** The hashes on both sides of a range of entries: with the entries' own they make up the root. */
export interface RawRange {
  readonly treeSize: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly checkpoint: string;
}

/** What opening found. */
export interface OpenedState {
  readonly size: number;
  readonly signedSize: number;
  readonly minimumIndex: number;
  readonly freeBytes: number;
  /** Entries taken from the journal because no checkpoint covered them yet. */
  readonly replayed: number;
  /** Bytes of unfinished, never acknowledged frames that were dropped. */
  readonly tornBytes: number;
  /** The highest number of a change any entry records. */
  readonly lastChange: number;
}

export type EngineEvent =
  /** Opening checks every signed entry. */
  | { readonly type: 'checking'; readonly done: number; readonly total: number }
  | { readonly type: 'opened'; readonly state: OpenedState }
  | { readonly type: 'refused'; readonly code: FaultCode; readonly detail: string }
  /** `used`: the memory of an earlier batch, to be used again. Collected and made anew for each batch it would be most of what the threads spend on memory. */
  | { readonly type: 'durable'; readonly size: number; readonly used?: ArrayBuffer }
  | { readonly type: 'failed'; readonly problem: string }
  | { readonly type: 'recovered' }
  | { readonly type: 'signed'; readonly size: number }
  | { readonly type: 'disk'; readonly freeBytes: number }
  | { readonly type: 'warned'; readonly message: string; readonly problem: string }
  | { readonly type: 'replied'; readonly id: number; readonly value: unknown }
  | { readonly type: 'rejected'; readonly id: number; readonly code: FaultCode; readonly detail: string };
