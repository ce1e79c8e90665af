import type { ApiRoute } from './api.ts';
import { createKey, listKeys, revokeKey, rotateKey, showKey } from './keys.ts';
import { exportLedger, ledgerState, proveConsistency, searchLedger, showEntry } from './ledger.ts';
import { replayPolicy } from './policy-replay.ts';
import {
  closeReview,
  createReview,
  decideReview,
  listReviewedPrincipals,
  listReviews,
  proposeRole,
  refreshReview,
  showReview,
} from './reviews.ts';
import { backup, systemState } from './system.ts';
import { usage } from './usage.ts';

/** Every route of the admin API. */
export const apiRoutes: readonly ApiRoute[] = [
  listKeys,
  createKey,
  showKey,
  rotateKey,
  revokeKey,
  searchLedger,
  showEntry,
  ledgerState,
  proveConsistency,
  exportLedger,
  systemState,
  backup,
  replayPolicy,
  usage,
  listReviews,
  createReview,
  showReview,
  listReviewedPrincipals,
  proposeRole,
  decideReview,
  refreshReview,
  closeReview,
];
