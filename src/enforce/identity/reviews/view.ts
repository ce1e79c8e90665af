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
import { type PrincipalRow, readPrincipals, readStates, type ReviewRow } from './store.ts';

/** Rows as the faces show them, beside what is so now. */
export interface ReviewView {
  summary(row: ReviewRow): Promise<ReviewSummary>;
  summaries(rows: readonly ReviewRow[]): Promise<readonly ReviewSummary[]>;
  principal(review: ReviewRow, row: PrincipalRow): Promise<ReviewedPrincipal>;
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

  async function summarize(row: ReviewRow, present: ReadonlyMap<string, Present>): Promise<ReviewSummary> {
    const states = (await readStates(store.db, row.id)).map((one) => stateOf(one, row, present));
    const count = (state: ReviewedPrincipal['state']): number => states.filter((one) => one === state).length;
    return {
      id: row.id,
      state: stateOfReview(row, clock.now()),
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
      principals: states.length,
      undecided: count('undecided'),
      waiting: count('waiting'),
    };
  }

  return {
    summary: async (row) => summarize(row, await presentById()),
    async summaries(rows) {
      if (rows.length === 0) return [];
      const present = await presentById();
      return Promise.all(rows.map((row) => summarize(row, present)));
    },
    principal: async (review, row) => describe(row, review, await presentById()),
    async principals(review) {
      const present = await presentById();
      return (await readPrincipals(store.db, review.id)).map((row) => describe(row, review, present));
    },
  };
}

function stateOfReview(row: ReviewRow, now: number): ReviewSummary['state'] {
  if (row.closed_at !== null) return 'closed';
  if (row.gathering_since !== null) return 'gathering';
  return now >= row.due_at ? 'overdue' : 'open';
}

/** A closed record says what was so then; a key that ended since does not change it. Tokens are nowhere listed: they are there until revoked. */
function stateOf(
  row: Pick<PrincipalRow, 'principal_id' | 'kind' | 'decision' | 'applied_at'>,
  review: ReviewRow,
  present: ReadonlyMap<string, Present>,
): ReviewedPrincipal['state'] {
  if (row.applied_at !== null) return 'applied';
  const isThere = row.kind === 'token' || (present.get(row.principal_id)?.isActive ?? false);
  const hasEnded = review.closed_at !== null ? row.decision === null : !isThere;
  if (hasEnded) return 'ended';
  return row.decision !== null ? 'waiting' : 'undecided';
}

function describe(
  row: PrincipalRow,
  review: ReviewRow,
  present: ReadonlyMap<string, Present>,
): ReviewedPrincipal {
  const kind = row.kind as PrincipalKind;
  const now = present.get(row.principal_id);
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
    state: stateOf(row, review, present),
  };
}
