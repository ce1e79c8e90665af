/**
 * Identity: who is calling, and who operates. API keys, signed tokens of known issuers, the roles that say what a caller may do, the teams
 * callers belong to, operators and their sessions, and the reviews of who has which access.
 *
 * Guarantees: a key is 192 random bits, shown once, stored only as its SHA-256, and always has an end; a revoked, expired or unknown key
 * is refused, also after a restart; revoking works while the ledger is down, and refuses before it resolves; a key comes into force only
 * after its creation is recorded; exactly one credential is taken from a request; a role permits only what it says.
 * A token is believed only by a key its issuer publishes, for its audience, until its end, and no longer than it is not revoked.
 * Operators, their keys and sessions are asked anew on every request; what needs a second person is done once, and never by approval of who asked, of an
 * operator that has a hand in who asked, or the other way round.
 * Threat: leaked, guessed, forgotten keys; operators who act as another, or alone where two are needed; a copy of the database (hashes of random keys open nothing); two credentials of which
 * different parties look at different ones; forged, stolen and too long-lived tokens; a cache that outlives a revocation (verified tokens are held
 * against revocations, keys and policy on every call).
 * Does not: tell an unknown key from a known one in constant time to the nanosecond; that is not needed, since the lookup is by the hash of the whole
 * key. Keep a name or owner out of the store: they are there to be listed, and out of the ledger.
 */
export type { RevocationProbe } from './canary.ts';
export type { KeyPolicy } from './administration-options.ts';
export { type Credential, readCredential } from './credential.ts';
export type {
  CreateKey,
  Identification,
  Identity,
  IssuedKey,
  KeyAdministration,
  KeyRecord,
  Principal,
  RevokeTokens,
  TokenAdministration,
  TokenRevocation,
  Unidentified,
  Withdrawal,
  WithdrawalAdministration,
} from './identity.ts';
export type { IssuedOperatorKey, OperatorAdministration } from './operators/administration.ts';
export { type Operators, openOperators } from './operators/open.ts';
export { type Operator, socketOperator } from './operators/operator.ts';
export {
  type OperatorPermission,
  covers as coversPermission,
  operatorPermissionNames,
  operatorPermissions,
} from './operators/permissions.ts';
export type { OperatorRecord } from './operators/record.ts';
export { actAs, withIssuer } from './operators/acting.ts';
export type { ActRequest, AskedAct, RequestState } from './operators/requests.ts';
export { builtInRoles, compileOperatorRoles, type Decision, type OperatorRoles } from './operators/roles.ts';
export type { OidcSection, OperatorsSection } from './operators/section.ts';
export type { BegunSession, SessionRecord } from './operators/sessions.ts';
export { type IdentityOptions, type OpenIdentity, openIdentity } from './open.ts';
export {
  openReviews,
  type OtherPrincipals,
  type PresentPrincipal,
  type Proposal,
  type ReviewDecision,
  type ReviewedPrincipal,
  type ReviewFlag,
  reviewFlags,
  type ReviewHistory,
  type ReviewOptions,
  type Reviews,
  type ReviewStatus,
  type ReviewSummary,
  type UsedCall,
} from './reviews/index.ts';
export { compileRoles, type RoleLimits, type Roles } from './roles.ts';
export { compileIdentity } from './key-policy.ts';
export type { IdentitySection } from './policy-section.ts';
export { pastOfIdentity, type PastRows } from './retained.ts';
export { inspectToken, type TokenInspection } from './tokens/inspect.ts';
export type { IssuerSection } from './tokens/issuer-section.ts';
export type { KeyState } from './tokens/key-source.ts';
export { type KeySet, keySetBounds, readKeySet } from './tokens/key-set.ts';
export { compileTeams, type Teams } from './teams.ts';
