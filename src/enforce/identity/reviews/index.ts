/**
 * Access reviews: everybody who has access is looked at, and somebody says, with a reason, whether it stays.
 *
 * Guarantees: a campaign holds every key that was active and every token and operator known when it was made; what each did is read from the
 * ledger; a decision is carried out at once and recorded; nobody decides on himself; only a role whose effect on recorded history was shown can be
 * narrowed to, and never to more than before; a record does not change once closed, is deleted only after the years the policy keeps it, and is not closed while somebody is undecided or a
 * source could not be read. Threat: access nobody looks at, a reviewer who waves himself through, a key rotated out of a review.
 * Does not: know tokens that were never used, or judge whether a reason is a good one.
 */
export type { PresentPrincipal } from './assess.ts';
export { openReviews } from './open.ts';
export type { OtherPrincipals, ReviewHistory, ReviewOptions } from './parts.ts';
export {
  type Proposal,
  type ReviewDecision,
  type ReviewedPrincipal,
  type ReviewFlag,
  reviewFlags,
  type Reviews,
  type ReviewStatus,
  type ReviewSummary,
  type UsedCall,
} from './review.ts';
