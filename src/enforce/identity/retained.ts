import type { Store } from '../../store/index.ts';
import { countOldRequests, countOldSessions, dropOldRequests, dropOldSessions } from './operators/store.ts';
import { countOldReviews, dropOldReviews } from './reviews/store.ts';
import { countOldRevocations, dropOldRevocations } from './store.ts';

/** Rows that are of the past and go after a while; who sweeps them decides when. */
export interface PastRows {
  /** Those that ended before a time. */
  older(before: number): Promise<{ readonly count: number; readonly oldestAt?: number | undefined }>;
  drop(before: number): Promise<number>;
}

export type PastOfIdentity = Readonly<Record<'sessions' | 'requests' | 'revocations' | 'reviews', PastRows>>;

/**
 * What identity keeps of the past. A revocation counts from when it was made: one that goes must be older than any token of its issuer lives; one of a subject stays. Reviews that are
 * not closed, and requests under way, are no past.
 */
export function pastOfIdentity(store: Store): PastOfIdentity {
  return {
    sessions: {
      older: (before) => countOldSessions(store, before),
      drop: (before) => dropOldSessions(store, before),
    },
    requests: {
      older: (before) => countOldRequests(store, before),
      drop: (before) => dropOldRequests(store, before),
    },
    revocations: {
      older: (before) => countOldRevocations(store, before),
      drop: (before) => dropOldRevocations(store, before),
    },
    reviews: {
      older: (before) => countOldReviews(store, before),
      drop: (before) => dropOldReviews(store, before),
    },
  };
}
