import type { Clock, Log } from '../../../kernel/index.ts';
import type { Entry, EntryValue, Ledger } from '../../../record/index.ts';
import type { Outbox, Store } from '../../../store/index.ts';
import type { KeyAdministration } from '../identity.ts';
import type { IdentitySection } from '../policy-section.ts';
import type { PresentPrincipal } from './assess.ts';
import type { Span } from './gather.ts';
import type { PrincipalKind, PrincipalSnapshot, Proposal, UsedCall } from './review.ts';
import type { ReviewRow } from './store.ts';

/** What reviews need of the rooms above: history decided again by the code of the gate. */
export interface ReviewHistory {
  /** Which permissions and models of the roles these calls made no use of. */
  unused(used: readonly UsedCall[], roles: readonly string[]): Promise<PrincipalSnapshot['unused']>;
  /** The least role the calls of a key needed. */
  least(
    principal: { id: string; role: string },
    span: Span,
  ): Promise<{ may: readonly string[]; models: readonly string[] }>;
  /**
   * Runs the calls of a key through the policy in force, with these permissions and limits in place of its role's. Limits it shares with others are
   * left out: what those used is not in its history.
   */
  replay(
    principal: {
      id: string;
      permissions: { may: readonly string[]; models: readonly string[] };
      limits: IdentitySection['roles'][string]['limits'];
    },
    span: Span,
  ): Promise<Pick<Proposal, 'calls' | 'wouldRefuse' | 'notReplayed'>>;
}

/** Principals that are not keys: who they are, and how their access ends. */
export interface OtherPrincipals {
  readonly kind: Exclude<PrincipalKind, 'key'>;
  list(): Promise<readonly (PresentPrincipal & { readonly name?: string })[]>;
  revoke(id: string, operator: string): Promise<void>;
  /** Whether a principal and who decides may be one person's: then its access is not kept by that decision, only ended. */
  isDependent?(id: string, operator: string): boolean;
}

export interface ReviewOptions {
  readonly store: Store;
  readonly outbox: Outbox<Entry>;
  readonly clock: Clock;
  readonly log: Log;
  /** UUIDv7, for entries. */
  readonly newId: () => string;
  readonly ledger: Pick<Ledger, 'search'>;
  readonly keys: Pick<KeyAdministration, 'list' | 'find' | 'revoke' | 'changeRole'>;
  /** The policy in force. */
  readonly policy: () => { readonly identity: IdentitySection; readonly digest: string };
  readonly history: ReviewHistory;
  readonly others: readonly OtherPrincipals[];
}

const dayMs = 86_400_000;

/** Where the policy has no section, campaigns are made by hand only, with these times. */
const byHand = { every: 90 * dayMs, due: 14 * dayMs, remind: 3 * dayMs, dormant: 30 * dayMs };

export function settingsOf({ policy }: Pick<ReviewOptions, 'policy'>) {
  const { reviews } = policy().identity;
  return { ...(reviews ?? byHand), isScheduled: reviews !== undefined };
}

/** The entries about reviews. Reasons are a reviewer's words and stay out. */
export function createEntries({ newId, clock, policy }: Pick<ReviewOptions, 'newId' | 'clock' | 'policy'>) {
  return (
    kind: string,
    {
      actor,
      target,
      detail,
    }: { actor: string; target: string; detail: Record<string, EntryValue | undefined> },
  ): Entry => ({
    id: newId(),
    at: new Date(clock.now()).toISOString(),
    kind,
    actor,
    target,
    outcome: 'succeeded',
    policy: policy().digest,
    detail,
  });
}

export function spanOf({ since }: Pick<ReviewRow, 'since'>, now: number): Span {
  return { since, until: now + 1 };
}

/** One after another: two decisions, or a decision and a closing, never look at one state. */
export function createTurns(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => {});
    return mine;
  };
}
