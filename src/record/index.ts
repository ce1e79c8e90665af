/**
 * The ledger: every decision and outcome, in a Merkle tree (RFC 6962) laid out as C2SP tlog-tiles, under signed checkpoints.
 *
 * Guarantees: an append resolves only when its entry is durable; `kill -9` at any instant loses none that resolved; whoever holds the
 * folder and the verifier key can check every byte offline, and an older checkpoint or an export shows a ledger that was rolled back or
 * forked, also where entries were pruned since; a folder that was changed is not signed again, and no changed entry is shown; each entry
 * that could not be recorded is counted in a gap entry; a slow disk delays appends before they are refused; addresses and persons stand in it as pseudonyms only.
 * Threat: an operator or intruder who changes, drops or reorders entries afterwards; someone who floods or fills the disk to blind
 * it; a crash.
 * Does not: stop whoever holds the signing key from writing another history (a witness or a checkpoint kept elsewhere shows it),
 * vouch that what was recorded is true, or hide who knew whom from someone who holds the pseudonym key.
 */
export { isLedgerBegun, openLedger, type OpenLedger } from './client/open.ts';
export {
  createDenialRecorder,
  type DenialRecorder,
  type DenialRecorderOptions,
  type RecordedDenial,
} from './denials.ts';
export { type Entry, type EntryOutcome, type EntryValue, fitsLedger } from './entry.ts';
export { type ExportVerification, verifyExport } from './export.ts';
export type {
  ConsistencyProof,
  InclusionProof,
  Ledger,
  LedgerQuery,
  LedgerStatus,
  RecordedEntry,
  SubscribeOptions,
  SubscriberBatch,
  Subscription,
} from './ledger.ts';
export type { RecordPolicy } from './policy-section.ts';
export { checkConsistency, checkInclusion } from './proof.ts';
export {
  type AddressPseudonyms,
  createPseudonyms,
  type MeaningSealer,
  type PseudonymKind,
  type Pseudonyms,
  type PseudonymsOptions,
} from './pseudonyms.ts';
export type { LedgerOptions } from './settings.ts';
export {
  type Cursors,
  createCursors,
  createPseudonymStore,
  createSealedMeanings,
  type PseudonymStore,
  type SealedMeanings,
  type SealedPseudonym,
} from './store.ts';
export {
  createNoteSigner,
  isVerifierKey,
  openNote,
  openSignedText,
  parseVerifierKeys,
} from './tree/note.ts';
export { openLedgerKeys } from './keys.ts';
export { type LedgerVerification, type VerifyLedger, verifyLedger } from './verify/verify.ts';
