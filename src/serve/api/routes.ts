import type { ApiRoute } from './api.ts';
import { createKey, listKeys, revokeKey, rotateKey, showKey } from './keys.ts';
import { exportLedger, ledgerState, proveConsistency, searchLedger, showEntry } from './ledger.ts';
import { listTokenRevocations, restoreTokens, revokeTokens } from './tokens.ts';
import { backup, systemState } from './system.ts';

/** Every route of the admin API. */
export const apiRoutes: readonly ApiRoute[] = [
  listKeys,
  createKey,
  showKey,
  rotateKey,
  revokeKey,
  listTokenRevocations,
  revokeTokens,
  restoreTokens,
  searchLedger,
  showEntry,
  ledgerState,
  proveConsistency,
  exportLedger,
  systemState,
  backup,
];
