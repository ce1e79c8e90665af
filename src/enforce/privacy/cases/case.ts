import { type CaseKind, type LawName, laws, type RefusalGround } from './law.ts';
import type { CaseRow } from './store.ts';

/** How somebody showed that the request is theirs. */
export const identityChecks = [
  'account',
  'email',
  'document',
  'representative',
  'in-person',
  'other',
] as const;
export type IdentityCheck = (typeof identityChecks)[number];

export const caseStates = ['open', 'verified', 'answered', 'refused', 'withdrawn'] as const;
export type CaseState = (typeof caseStates)[number];

/** What people wrote in a case. Sealed under the subject's key, and gone with it. */
export interface CaseWords {
  readonly identity?: string;
  readonly extension?: string;
  readonly refusal?: string;
  readonly answer?: string;
}

/** A request of a data subject. */
export interface SubjectCase {
  readonly id: string;
  readonly subject: string;
  readonly kind: CaseKind;
  readonly law: LawName;
  readonly state: CaseState;
  readonly openedBy: string;
  readonly receivedAt: number;
  readonly dueAt: number;
  readonly overdue: boolean;
  readonly verified?: { readonly at: number; readonly by: string; readonly how: IdentityCheck };
  readonly extended?: { readonly at: number; readonly by: string };
  readonly exportedAt?: number;
  readonly ended?: { readonly at: number; readonly by: string };
  readonly ground?: RefusalGround;
  /** The provisions that speak of it. */
  readonly articles: {
    readonly right: string;
    readonly deadline: string;
    readonly identity: string;
    readonly extension: string;
    readonly refusal: string;
    readonly ground?: string;
  };
}

export function describeCase(row: CaseRow, now: number): SubjectCase {
  const law = row.law as LawName;
  const kind = row.kind as CaseKind;
  const ground = row.ground as RefusalGround | null;
  const { right, deadline, identity, extension, refusal, grounds } = laws[law];
  return {
    id: row.id,
    subject: row.subject,
    kind,
    law,
    state: row.state as CaseState,
    openedBy: row.opened_by,
    receivedAt: row.received_at,
    dueAt: row.due_at,
    overdue: (row.ended_at ?? now) > row.due_at,
    ...(row.verified_at !== null && {
      verified: { at: row.verified_at, by: row.verified_by ?? '', how: row.verified_how as IdentityCheck },
    }),
    ...(row.extended_at !== null && { extended: { at: row.extended_at, by: row.extended_by ?? '' } }),
    ...(row.exported_at !== null && { exportedAt: row.exported_at }),
    ...(row.ended_at !== null && { ended: { at: row.ended_at, by: row.ended_by ?? '' } }),
    ...(ground !== null && { ground }),
    articles: {
      right: right[kind],
      deadline,
      identity,
      extension,
      refusal,
      ...(ground !== null && { ground: grounds[ground] }),
    },
  };
}
