import type { Entry } from '../entry.ts';
import { writeExport } from '../export.ts';
import type { Ledger, RecordedEntry } from '../ledger.ts';
import type { SearchQuery } from '../search/query.ts';
import type { EngineClient } from './requests.ts';

export interface QueriesOptions {
  readonly engine: EngineClient;
  readonly verifierKey: string;
  readonly signedSize: () => number;
}

export type Queries = Pick<Ledger, 'search' | 'find' | 'prove' | 'proveConsistency' | 'exportRange'>;

/** Everything that reads the ledger, page by page from the engine. */
export function createQueries({ engine, verifierKey, signedSize }: QueriesOptions): Queries {
  const recorded = (index: number, text: string): RecordedEntry => ({
    index,
    entry: JSON.parse(text) as Entry,
    signed: index < signedSize(),
  });

  async function* search(query: SearchQuery): AsyncIterable<RecordedEntry> {
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    let from = query.from;
    while (left > 0) {
      const limited = Number.isFinite(left) ? { limit: left } : {};
      const page = await engine.ask('search', {
        ...query,
        ...limited,
        ...(from === undefined ? {} : { from }),
      });
      for (const { index, text } of page.hits) yield recorded(index, text);
      left -= page.hits.length;
      if (page.next === undefined) return;
      from = page.next;
    }
  }

  const find = async (id: string): Promise<RecordedEntry | undefined> => {
    for await (const found of search({ id, limit: 1, order: 'newest' })) return found;
    return undefined;
  };

  async function* exportRange(span: {
    readonly since?: number;
    readonly until?: number;
  }): AsyncIterable<string> {
    for await (const first of search({ ...span, limit: 1 })) {
      for await (const last of search({ ...span, limit: 1, order: 'newest' })) {
        const range = { begin: first.index, end: last.index + 1 };
        const proof = await engine.ask('range', range);
        yield* writeExport({
          verifierKey,
          range,
          proof,
          read: (from, limit) => engine.ask('read', { from, limit }),
        });
      }
    }
  }

  return {
    search,
    find,
    exportRange,
    async prove(id) {
      const found = await find(id);
      if (!found) return undefined;
      return { index: found.index, ...(await engine.ask('prove', { index: found.index })) };
    },
    async proveConsistency(first) {
      return { first, ...(await engine.ask('consistency', { first })) };
    },
  };
}
