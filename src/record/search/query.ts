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

export const fieldList = Object.entries(fields) as [keyof typeof fields, (entry: Entry) => unknown][];

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
