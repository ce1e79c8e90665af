import type { ReviewOptions } from './parts.ts';
import type {
  PrincipalKind,
  PrincipalSnapshot,
  Proposal,
  ReviewDecision,
  ReviewedPrincipal,
  ReviewSummary,
  SourceProblem,
} from './review.ts';
import { type PrincipalRow, readPrincipals, type ReviewRow } from './store.ts';

/** Rows as the faces show them, beside what is so now. */
export interface ReviewView {
  summary(row: ReviewRow): Promise<ReviewSummary>;
  principals(row: ReviewRow): Promise<readonly ReviewedPrincipal[]>;
}

interface Present {
  readonly name: string | undefined;
  readonly owner: string | undefined;
  readonly isActive: boolean;
}

export function createView(options: Pick<ReviewOptions, 'store' | 'clock' | 'keys' | 'others'>): ReviewView {
  const { store, clock, keys, others } = options;

  async function presentById(): Promise<ReadonlyMap<string, Present>> {
    const found = new Map<string, Present>();
    for (const { id, name, owner, state } of await keys.list())
      found.set(id, { name, owner, isActive: state === 'active' });
    for (const { list } of others)
      for (const { id, name } of await list()) found.set(id, { name, owner: undefined, isActive: true });
    return found;
  }

  async function principals(row: ReviewRow): Promise<readonly ReviewedPrincipal[]> {
    const present = await presentById();
    const rows = await readPrincipals(store.db, row.id);
    // A closed record says what was so then; a key that ended since does not change it.
    return rows.map((one) => describe(one, present, row.closed_at !== null));
  }

  return {
    principals,
    async summary(row) {
      const all = await principals(row);
      const count = (state: ReviewedPrincipal['state']): number =>
        all.filter((one) => one.state === state).length;
      const isOverdue = row.closed_at === null && clock.now() >= row.due_at;
      return {
        id: row.id,
        state: row.closed_at !== null ? 'closed' : isOverdue ? 'overdue' : 'open',
        createdAt: row.created_at,
        createdBy: row.created_by,
        dueAt: row.due_at,
        since: row.since,
        until: row.until,
        policy: row.policy,
        closedAt: row.closed_at ?? undefined,
        closedBy: row.closed_by ?? undefined,
        recordDigest: row.record_digest ?? undefined,
        problems: JSON.parse(row.problems) as SourceProblem[],
        principals: all.length,
        undecided: count('undecided'),
        waiting: count('waiting'),
      };
    },
  };
}

function describe(
  row: PrincipalRow,
  present: ReadonlyMap<string, Present>,
  closed: boolean,
): ReviewedPrincipal {
  const kind = row.kind as PrincipalKind;
  const now = present.get(row.principal_id);
  // Tokens are nowhere listed: they are there until they are revoked.
  const hasEnded = closed ? row.decision === null : kind !== 'token' && !(now?.isActive ?? false);
  return {
    id: row.principal_id,
    kind,
    name: now?.name,
    owner: now?.owner,
    snapshot: JSON.parse(row.snapshot) as PrincipalSnapshot,
    proposal: row.proposal === null ? undefined : (JSON.parse(row.proposal) as Proposal),
    decision: (row.decision ?? undefined) as ReviewDecision | undefined,
    targetRole: row.target_role ?? undefined,
    reason: row.reason ?? undefined,
    decidedBy: row.decided_by ?? undefined,
    decidedAt: row.decided_at ?? undefined,
    state:
      row.applied_at !== null
        ? 'applied'
        : hasEnded
          ? 'ended'
          : row.decision !== null
            ? 'waiting'
            : 'undecided',
  };
}
