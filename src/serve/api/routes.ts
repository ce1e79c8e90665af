import { explainAccess } from './access.ts';
import { listCaptured, readCaptured } from './captured.ts';
import {
  completeCase,
  extendCase,
  listCases,
  openCase,
  refuseCase,
  showCase,
  verifyCase,
  withdrawCase,
} from './cases.ts';
import { erasePseudonym, eraseSubject, listErasures, revealPseudonym, showReceipt } from './erasures.ts';
import { createKey, listKeys, revokeKey, rotateKey, showKey } from './keys.ts';
import {
  downloadExport,
  exportLedger,
  ledgerState,
  proveConsistency,
  pruneLedger,
  searchLedger,
  showEntry,
} from './ledger.ts';
import {
  changeOperatorRoles,
  createOperator,
  disableOperator,
  enableOperator,
  issueOperatorKey,
  listOperators,
  revokeOperatorKey,
  rotateOwnKey,
  showOperator,
} from './operators.ts';
import {
  approveRequest,
  collectRequest,
  listRequests,
  refuseRequest,
  showRequest,
  withdrawRequest,
} from './requests.ts';
import { createOpenApiRoute } from './openapi.ts';
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
import { placeHold, releaseHold, retentionState, showHold, sweepRetention } from './retention.ts';
import { showRevocation } from './revocation.ts';
import type { ApiRoute } from './route.ts';
import {
  listSessions,
  revokeSession,
  revokeSessionsOf,
  showOwnSession,
  signIn,
  signOut,
} from './sessions.ts';
import { rotateSecrets, secretsState } from './secrets.ts';
import { exportSubject, findSubject, showSubject } from './subjects.ts';
import { listTokenRevocations, restoreTokens, revokeTokens, showTokenRevocation } from './tokens.ts';
import { backup, downloadBackup, systemState } from './system.ts';
import { usage } from './usage.ts';
import { listWithdrawals, restoreAccess, showWithdrawal, withdrawAccess } from './withdrawals.ts';

/** Every route of the admin API. */
export const apiRoutes: readonly ApiRoute[] = [
  listKeys,
  createKey,
  showKey,
  rotateKey,
  revokeKey,
  listTokenRevocations,
  revokeTokens,
  showTokenRevocation,
  restoreTokens,
  listWithdrawals,
  withdrawAccess,
  showWithdrawal,
  restoreAccess,
  searchLedger,
  showEntry,
  ledgerState,
  proveConsistency,
  exportLedger,
  downloadExport,
  pruneLedger,
  systemState,
  showRevocation,
  backup,
  downloadBackup,
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
  signIn,
  showOwnSession,
  signOut,
  rotateOwnKey,
  listSessions,
  revokeSession,
  revokeSessionsOf,
  listOperators,
  createOperator,
  showOperator,
  changeOperatorRoles,
  disableOperator,
  enableOperator,
  issueOperatorKey,
  revokeOperatorKey,
  listRequests,
  showRequest,
  approveRequest,
  refuseRequest,
  withdrawRequest,
  collectRequest,
  explainAccess,
  findSubject,
  showSubject,
  exportSubject,
  eraseSubject,
  listErasures,
  showReceipt,
  revealPseudonym,
  erasePseudonym,
  listCases,
  openCase,
  showCase,
  verifyCase,
  extendCase,
  refuseCase,
  completeCase,
  withdrawCase,
  listCaptured,
  readCaptured,
  retentionState,
  sweepRetention,
  placeHold,
  showHold,
  releaseHold,
  secretsState,
  rotateSecrets,
  createOpenApiRoute(() => apiRoutes),
];
