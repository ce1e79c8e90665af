import { uuidTime } from '../../kernel/index.ts';
import type { Entry } from '../entry.ts';
import { tileWidth } from '../tree/tiles.ts';
import { matches, type SearchQuery, termsOf } from './query.ts';
import type { IndexStore } from './store.ts';
import { type Summary, summarize } from './summary.ts';

/** Bundles read at a stretch, so that a search over everything never holds appends up for long. */
const bundlesPerPage = 4;
/** Bundles indexed at a stretch, likewise. */
const bundlesPerStep = 4;

export interface SearchPage {
  readonly hits: readonly { readonly index: number; readonly text: string }[];
  /** Where the next page starts, as `LedgerQuery.from`; undefined when everything was seen. */
  readonly next?: number;
}

export interface SearchSource {
  readonly minimumIndex: number;
  readonly size: number;
  readonly index: IndexStore;
  /** The entries of a bundle, as JSON texts, as far as the ledger goes. */
  readBundle(bundle: number): string[];
}

/** One page of a search. Bundles the index does not know yet (the newest, or during a rebuild) are read without it. */
export function searchPage(source: SearchSource, query: SearchQuery): SearchPage {
  const newestFirst = query.order === 'newest';
  const low = newestFirst ? source.minimumIndex : Math.max(query.from ?? 0, source.minimumIndex);
  const high = newestFirst ? Math.min(query.from ?? source.size, source.size) : source.size;
  if (low >= high) return { hits: [] };
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  const { bundles, seen } = candidates(source, query, { low, high, newestFirst });
  const hits: { index: number; text: string }[] = [];
  for (const bundle of bundles) {
    const texts = source.readBundle(bundle);
    const indices = texts
      .map((_, offset) => bundle * tileWidth + offset)
      .filter((index) => index >= low && index < high);
    for (const index of newestFirst ? indices.reverse() : indices) {
      const text = texts[index - bundle * tileWidth] ?? '';
      if (!matches(JSON.parse(text) as Entry, query)) continue;
      hits.push({ index, text });
      if (hits.length >= limit) return { hits };
    }
  }
  const next = seen * tileWidth;
  const more = newestFirst ? next > low : next < high;
  return more ? { hits, next } : { hits };
}

interface Span {
  readonly low: number;
  readonly high: number;
  readonly newestFirst: boolean;
}

function candidates(source: SearchSource, query: SearchQuery, { low, high, newestFirst }: Span) {
  const begin = Math.floor(low / tileWidth);
  const end = Math.ceil(high / tileWidth);
  const indexed = Math.min(Math.max(source.index.indexed, begin), end);
  const [unindexedBegin, unindexedEnd] = newestFirst
    ? [Math.max(indexed, end - bundlesPerPage), end]
    : [Math.max(indexed, begin), Math.min(end, begin + bundlesPerPage)];
  if (newestFirst ? end > indexed : begin >= indexed) {
    const bundles = Array.from(
      { length: unindexedEnd - unindexedBegin },
      (_, offset) => unindexedBegin + offset,
    );
    return newestFirst
      ? { bundles: bundles.reverse(), seen: unindexedBegin }
      : { bundles, seen: unindexedEnd };
  }
  const idTime = query.id === undefined ? undefined : (uuidTime(query.id) ?? -1);
  return source.index.look({
    terms: termsOf(query),
    since: query.since,
    until: query.until,
    idTime,
    begin,
    end: indexed,
    newestFirst,
    limit: bundlesPerPage,
  });
}

export interface Indexer {
  /** Whether all whole bundles are in the index. */
  readonly complete: boolean;
  /** Indexes some bundles that were missed; the caller comes again until it is complete. */
  catchUp(): void;
}

export interface IndexerSource {
  readonly index: IndexStore;
  wholeBundles(): number;
  readBundle(bundle: number): string[];
  /** What is known of a whole bundle without reading it. */
  summaryOf(bundle: number): Summary | undefined;
  /** The hash of its last leaf tells this bundle from that of another history. */
  lastLeaf(bundle: number): Uint8Array;
}

export function createIndexer(source: IndexerSource): Indexer {
  const { index, wholeBundles, readBundle, summaryOf, lastLeaf } = source;
  const summarizeStored = (bundle: number): Summary =>
    summarize(readBundle(bundle).map((text) => JSON.parse(text) as Entry));

  return {
    get complete() {
      return index.indexed >= wholeBundles();
    },
    catchUp() {
      const { indexed } = index;
      const count = Math.min(wholeBundles() - indexed, bundlesPerStep);
      if (count <= 0) return;
      const bundles = Array.from({ length: count }, (_, offset) => indexed + offset);
      index.add(
        bundles.map((bundle) => summaryOf(bundle) ?? summarizeStored(bundle)),
        lastLeaf(indexed + count - 1),
      );
    },
  };
}
