import { createHash } from 'node:crypto';
import { Fault, randomId } from '../../../kernel/index.ts';
import type { Gathering } from './gathering.ts';
import { createEntries, type ReviewOptions, settingsOf } from './parts.ts';
import type { ReviewSummary, SourceProblem } from './review.ts';
import {
  changeReview,
  findReview,
  insertReview,
  type PrincipalRow,
  readPrincipals,
  type ReviewRow,
} from './store.ts';
import type { ReviewView } from './view.ts';

/** Beginning, refreshing and closing campaigns. */
export interface Campaigns {
  create(request: { since?: number | undefined }, operator: string): Promise<ReviewSummary>;
  refresh(id: string, request: { since?: number | undefined }, operator: string): Promise<ReviewSummary>;
  close(id: string, operator: string): Promise<ReviewSummary>;
}

export async function requireOpen(options: Pick<ReviewOptions, 'store'>, id: string): Promise<ReviewRow> {
  const row = await findReview(options.store.db, id);
  if (!row) throw new Fault('api.not-found', { detail: 'There is no review of this id.' });
  if (row.closed_at !== null)
    throw new Fault('api.conflict', { detail: 'The review is closed; it does not change.' });
  return row;
}

/** Before everybody is there nothing can be decided, and nothing closed. */
export async function requireGathered(options: Pick<ReviewOptions, 'store'>, id: string): Promise<ReviewRow> {
  const row = await requireOpen(options, id);
  if (row.gathering_since !== null)
    throw new Fault('api.conflict', {
      detail: 'The review still gathers who has access and what each did: wait until it is open.',
    });
  return row;
}

export function createCampaigns(
  options: ReviewOptions,
  { view, gathering }: { view: ReviewView; gathering: Pick<Gathering, 'start'> },
): Campaigns {
  const { store, outbox, clock, log } = options;
  const entry = createEntries(options);

  async function deliver(id: string): Promise<void> {
    await outbox.deliver(id).catch(() => log.warn('a step of a review waits to be recorded'));
  }

  function checkSince(since: number | undefined): void {
    if (since !== undefined && !(since < clock.now()))
      throw new Fault('api.invalid', { detail: 'since: it is not in the past.' });
  }

  return {
    async create({ since }, operator) {
      checkSince(since);
      const now = clock.now();
      const { every, due } = settingsOf(options);
      const span = { since: since ?? now - every, until: now + 1 };
      const id = randomId('rev');
      const row: ReviewRow = {
        ...span,
        id,
        created_at: now,
        created_by: operator,
        due_at: now + due,
        policy: options.policy().digest,
        problems: '[]',
        gathering_since: now,
        reminded_at: null,
        overdue_at: null,
        closed_at: null,
        closed_by: null,
        record_digest: null,
      };
      const made = entry('review.created', {
        actor: operator,
        target: id,
        detail: spanDetail(row),
      });
      await store.db.transaction().execute(async (transaction) => {
        await insertReview(transaction, row);
        await outbox.enqueue(transaction, made);
      });
      await deliver(made.id);
      gathering.start(id);
      return view.summary(row);
    },

    async refresh(id, { since }, operator) {
      checkSince(since);
      const before = await requireGathered(options, id);
      const now = clock.now();
      const change = { since: since ?? before.since, until: now + 1, gathering_since: now };
      const after: ReviewRow = { ...before, ...change };
      const made = entry('review.refreshed', { actor: operator, target: id, detail: spanDetail(after) });
      await store.db.transaction().execute(async (transaction) => {
        if (!(await changeReview(transaction, id, change)))
          throw new Fault('api.conflict', { detail: 'The review was closed meanwhile.' });
        await outbox.enqueue(transaction, made);
      });
      await deliver(made.id);
      gathering.start(id);
      return view.summary(after);
    },

    async close(id, operator) {
      const row = await requireGathered(options, id);
      const principals = await view.principals(row);
      refuseIncomplete(JSON.parse(row.problems) as SourceProblem[], principals);
      await refuseSuccessors(options, new Set(principals.map((principal) => principal.id)));
      const digest = recordDigest(row, await readPrincipals(store.db, id));
      const closing = { closed_at: clock.now(), closed_by: operator, record_digest: digest };
      const count = (decision: string): number =>
        principals.filter((one) => one.decision === decision).length;
      const made = entry('review.closed', {
        actor: operator,
        target: id,
        detail: {
          kept: count('keep'),
          narrowed: count('narrow'),
          revoked: count('revoke'),
          ended: principals.filter(({ state }) => state === 'ended').length,
          digest,
        },
      });
      await store.db.transaction().execute(async (transaction) => {
        if (!(await changeReview(transaction, id, closing)))
          throw new Fault('api.conflict', { detail: 'The review was closed meanwhile.' });
        await outbox.enqueue(transaction, made);
      });
      await deliver(made.id);
      return view.summary({ ...row, ...closing });
    },
  };
}

function spanDetail({ since, until, due_at: due }: ReviewRow) {
  const [from, to, dueAt] = [since, until, due].map((time) => new Date(time).toISOString());
  return { since: from, until: to, dueAt };
}

function refuseIncomplete(
  problems: readonly SourceProblem[],
  principals: readonly { readonly state: string }[],
): void {
  const reasons: string[] = [];
  const count = (state: string): number => principals.filter((one) => one.state === state).length;
  if (count('undecided') > 0) reasons.push(`${count('undecided')} principals are undecided.`);
  if (count('waiting') > 0)
    reasons.push(`${count('waiting')} decisions are not carried out yet: add their roles to the policy.`);
  for (const { source, detail } of problems)
    reasons.push(`The ${source} could not be read in full: ${detail}`);
  if (reasons.length > 0) throw new Fault('review.incomplete', { detail: reasons.join(' ') });
}

/** A key made in place of one under review has its access, and would slip through. */
async function refuseSuccessors({ keys }: ReviewOptions, reviewed: ReadonlySet<string>): Promise<void> {
  const all = await keys.list();
  const known = new Set(reviewed);
  const slipping: string[] = [];
  for (const key of all) {
    if (known.has(key.id) || key.replaces === undefined || !known.has(key.replaces)) continue;
    // In the order they were made: whoever replaces this one is found after it.
    known.add(key.id);
    if (key.state === 'active') slipping.push(key.id);
  }
  if (slipping.length === 0) return;
  throw new Fault('review.incomplete', {
    detail: `Keys were made in place of reviewed ones: ${slipping.slice(0, 5).join(', ')}. Refresh the review, and decide them.`,
  });
}

/** Over everything the record says, so that the entry of the closing shows whether the store still says it. */
export function recordDigest(row: ReviewRow, principals: readonly PrincipalRow[]): string {
  const { id, created_at, created_by, due_at, since, until, policy, problems } = row;
  const lines = [
    { id, created_at, created_by, due_at, since, until, policy, problems },
    ...principals.toSorted((a, b) => (a.principal_id < b.principal_id ? -1 : 1)),
  ].map((line) => JSON.stringify(Object.entries(line).sort(([a], [b]) => (a < b ? -1 : 1))));
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
