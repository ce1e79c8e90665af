import { createIndexer, type Indexer } from '../search/search.ts';
import { type IndexStore, openIndexStore, removeIndexStore } from '../search/store.ts';
import { describe } from './describe.ts';
import type { Lookup } from './lookup.ts';
import type { EngineEvent } from './messages.ts';
import type { Summaries } from './summaries.ts';

export interface Indexing {
  /** There may be new whole bundles. */
  wake(): void;
  /** Runs a look into the index; a damaged one is thrown away and the look answered without it. */
  use<T>(look: (index: IndexStore) => T): T;
  dropBefore(bundle: number): void;
  close(): void;
}

export interface IndexingOptions {
  readonly path: string;
  readonly wholeBundles: () => number;
  readonly firstBundle: () => number;
  readonly lookup: Lookup;
  readonly summaries: Summaries;
  readonly post: (event: EngineEvent) => void;
}

/** Keeps the search index behind the ledger, in small steps between appends, and makes it anew where it is no good. */
export function createIndexing(options: IndexingOptions): Indexing {
  const { path, wholeBundles, firstBundle, lookup, summaries, post } = options;
  let index = openOrRenew();
  let indexer = indexerFor(index);
  let planned: NodeJS.Immediate | undefined;
  let closed = false;

  function openOrRenew(): IndexStore {
    try {
      const opened = openIndexStore(path);
      if (belongs(opened)) return opened;
      opened.close();
      return renew('It belongs to another history.');
    } catch (error) {
      return renew(describe(error));
    }
  }

  function renew(problem: string): IndexStore {
    post({ type: 'warned', message: 'The search index is made anew from the ledger.', problem });
    removeIndexStore(path);
    const fresh = openIndexStore(path);
    fresh.dropBefore(firstBundle());
    return fresh;
  }

  function belongs({ indexed, lastLeaf }: IndexStore): boolean {
    if (indexed === 0 || indexed <= firstBundle()) return firstBundle() <= indexed;
    return indexed <= wholeBundles() && lookup.lastLeaf(indexed - 1).equals(lastLeaf);
  }

  function indexerFor(store: IndexStore): Indexer {
    return createIndexer({
      index: store,
      wholeBundles,
      readBundle: lookup.readBundle,
      summaryOf: summaries.ofBundle,
      lastLeaf: lookup.lastLeaf,
    });
  }

  function abandon(error: unknown): void {
    try {
      index.close();
    } catch {
      // It is thrown away whatever state it is in.
    }
    index = renew(describe(error));
    indexer = indexerFor(index);
  }

  const step = () => {
    planned = undefined;
    try {
      indexer.catchUp();
      summaries.forgetBefore(index.indexed);
      if (indexer.complete) index.commit();
    } catch (error) {
      if (isOfIndex(error)) abandon(error);
      else {
        post({ type: 'warned', message: 'A bundle could not be indexed.', problem: describe(error) });
        return;
      }
    }
    wake();
  };

  const wake = () => {
    if (!closed && !indexer.complete) planned ??= setImmediate(step);
  };

  return {
    wake,
    use(look) {
      try {
        return look(index);
      } catch (error) {
        if (!isOfIndex(error)) throw error;
        abandon(error);
        wake();
        return look(index);
      }
    },
    dropBefore(bundle) {
      index.dropBefore(bundle);
    },
    close() {
      closed = true;
      clearImmediate(planned);
      index.close();
    },
  };
}

function isOfIndex(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}
