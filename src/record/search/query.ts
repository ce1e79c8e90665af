import { uuidTime } from '../../kernel/index.ts';
import type { Entry } from '../entry.ts';
import type { LedgerQuery } from '../ledger.ts';

/** A query inside the room: by id as well. */
export interface SearchQuery extends LedgerQuery {
  readonly id?: string;
}

/** What entries can be found by. Closed-set fields and pseudonyms only: nothing a caller could write free text into. */
const fields = {
  kind: (entry: Entry) => entry.kind,
  actor: (entry: Entry) => entry.actor,
  source: (entry: Entry) => entry.source,
  target: (entry: Entry) => entry.target,
  outcome: (entry: Entry) => entry.outcome,
  reason: (entry: Entry) => entry.reason,
  route: (entry: Entry) => entry.detail?.['route'],
  model: (entry: Entry) => entry.detail?.['model'],
  role: (entry: Entry) => entry.detail?.['role'],
  subject: (entry: Entry) => entry.detail?.['subject'],
} as const satisfies Partial<Record<keyof LedgerQuery, (entry: Entry) => unknown>>;

const fieldList = Object.entries(fields) as [keyof typeof fields, (entry: Entry) => unknown][];

/** What entries are found by: `kind:call.decided`. Values are compared before terms are made of them: there are few, and they come again and again. */
function createTermCollector() {
  const seen = fieldList.map(() => new Set<string>());
  return {
    add(entry: Entry): void {
      for (let index = 0; index < fieldList.length; index++) {
        const value = fieldList[index]?.[1](entry);
        if (typeof value === 'string') seen[index]?.add(value);
      }
    },
    all: (): Set<string> =>
      new Set(
        fieldList.flatMap(([field], index) => [...(seen[index] ?? [])].map((value) => `${field}:${value}`)),
      ),
  };
}

export function termsOf(query: SearchQuery): string[] {
  return fieldList.flatMap(([field]) => (query[field] === undefined ? [] : `${field}:${query[field]}`));
}

export function matches(entry: Entry, query: SearchQuery): boolean {
  if (query.id !== undefined && entry.id !== query.id) return false;
  if (query.since !== undefined || query.until !== undefined) {
    const at = Date.parse(entry.at);
    if (at < (query.since ?? Number.NEGATIVE_INFINITY) || at >= (query.until ?? Number.POSITIVE_INFINITY))
      return false;
  }
  return fieldList.every(([field, read]) => query[field] === undefined || query[field] === read(entry));
}

/** What the index keeps of one bundle. */
export interface BundleSummary {
  readonly terms: ReadonlySet<string>;
  /** When its entries happened. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** When their ids were made: an entry may be handed over later than its id. */
  readonly firstId: number;
  readonly lastId: number;
}

export function summarize(entries: readonly Entry[]): BundleSummary {
  const terms = createTermCollector();
  let firstAt = Number.MAX_SAFE_INTEGER;
  let lastAt = 0;
  let firstId = Number.MAX_SAFE_INTEGER;
  let lastId = 0;
  let time = '';
  let at = 0;
  for (const entry of entries) {
    terms.add(entry);
    // Many entries happen in one millisecond.
    if (entry.at !== time) {
      time = entry.at;
      // An unreadable time must not stop the index; such an entry is found by everything else.
      at = Date.parse(time) || 0;
    }
    const made = uuidTime(entry.id) ?? at;
    if (at < firstAt) firstAt = at;
    if (at > lastAt) lastAt = at;
    if (made < firstId) firstId = made;
    if (made > lastId) lastId = made;
  }
  return { terms: terms.all(), firstAt, lastAt, firstId, lastId };
}
