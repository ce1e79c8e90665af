import { asFault, Fault } from '../../../kernel/index.ts';
import { checkText } from '../create-request.ts';
import { requireGathered } from './campaigns.ts';
import { beyond, roleOf } from './narrower.ts';
import { createEntries, type ReviewOptions, spanOf } from './parts.ts';
import type { DecideRequest, Proposal, ReviewDecision, ReviewedPrincipal, ReviewPlace } from './review.ts';
import { roleYaml } from './role-yaml.ts';
import { changePrincipal, findPrincipal, type PrincipalRow, type ReviewRow } from './store.ts';
import type { ReviewView } from './view.ts';

const longestReason = 2000;

export interface Deciding {
  propose(about: ReviewPlace, role: string | undefined, operator: string): Promise<Proposal>;
  decide(about: ReviewPlace, request: DecideRequest & { operator: string }): Promise<ReviewedPrincipal>;
  /** Carries out what was decided and not yet done: a role that the policy has by now, a crash in between. */
  carryOut(row: PrincipalRow): Promise<void>;
}

/**
 * Decisions. A decision and its entry are one transaction; carrying it out is another step, done at once and again by the next tick where
 * it could not be. Nobody decides on himself, nothing is narrowed to what was not shown first, and narrowing never widens.
 */
export function createDeciding(options: ReviewOptions, view: ReviewView): Deciding {
  const { store, outbox, clock, log, keys, others, policy } = options;
  const entry = createEntries(options);
  const propose = createProposing(options);

  async function commit(
    row: PrincipalRow,
    change: Partial<PrincipalRow>,
    made: ReturnType<typeof entry>,
  ): Promise<void> {
    await store.db.transaction().execute(async (transaction) => {
      if (!(await changePrincipal(transaction, row, change)))
        throw new Fault('api.conflict', { detail: 'Somebody else decided meanwhile; look at it again.' });
      await outbox.enqueue(transaction, made);
    });
    await outbox.deliver(made.id).catch(() => log.warn('a step of a review waits to be recorded'));
  }

  const about = (row: PrincipalRow, more: Record<string, string | undefined>) => ({
    target: row.principal_id,
    detail: { review: row.review_id, principal: row.kind, ...more },
  });

  /** False where it has to wait for the policy. */
  async function apply(row: PrincipalRow): Promise<boolean> {
    const { kind, principal_id: id, decided_by: by } = row;
    const operator = by ?? 'system';
    if (row.decision === 'revoke') {
      const other = others.find((known) => known.kind === kind);
      await (kind === 'key' ? keys.revoke(id, operator) : other?.revoke(id, operator));
    }
    if (row.decision === 'narrow') {
      const target = row.target_role ?? '';
      if (!roleOf(policy().identity, target)) return false;
      const record = await keys.find(id);
      if (record?.state !== 'active') return false;
      requireShown(row, target, policy().identity);
      requireNarrower(policy().identity, { from: record.role, to: target });
      if (record.role !== target) await keys.changeRole(id, { from: record.role, to: target }, operator);
    }
    return true;
  }

  async function carryOut(row: PrincipalRow): Promise<void> {
    if (!(await apply(row))) return;
    const { decision, target_role: role } = row;
    const detail = { decision: decision ?? '', role: role ?? undefined };
    const made = entry('review.applied', { actor: row.decided_by ?? 'system', ...about(row, detail) });
    await commit(row, { applied_at: clock.now() }, made);
  }

  async function requireDecidable({
    review: id,
    principal: principalId,
  }: ReviewPlace): Promise<{ review: ReviewRow; row: PrincipalRow }> {
    const review = await requireGathered(options, id);
    const row = await findPrincipal(store.db, id, principalId);
    if (!row) throw new Fault('api.not-found', { detail: 'The review has no principal of this id.' });
    if (row.applied_at !== null)
      throw new Fault('api.conflict', { detail: `It was decided and carried out: ${row.decision}.` });
    return { review, row };
  }

  async function check(
    row: PrincipalRow,
    { decision, role, operator }: DecideRequest & { operator: string },
  ) {
    if (row.principal_id === operator) throw new Fault('review.own-access');
    const isKey = row.kind === 'key';
    const other = others.find(({ kind }) => kind === row.kind);
    if (decision !== 'revoke' && other?.isDependent?.(row.principal_id, operator))
      throw new Fault('review.own-access', {
        detail: 'One of you made the other; who reviews may end this access, and another reviewer keep it.',
      });
    if (decision === 'revoke') {
      if (!isKey && !other)
        throw new Fault('api.conflict', { detail: `Access of a ${row.kind} is not ended here.` });
      return undefined;
    }
    if (isKey && (await keys.find(row.principal_id))?.state !== 'active')
      throw new Fault('api.conflict', { detail: 'The key has ended meanwhile; there is nothing to decide.' });
    if (decision === 'keep') return undefined;
    if (!isKey)
      throw new Fault('api.invalid', {
        detail: `decision: the roles of a ${row.kind} are given elsewhere; keep it, or revoke it.`,
      });
    const shown = shownProposal(row);
    const target = role ?? shown?.role;
    if (!shown || target !== shown.role)
      throw new Fault('api.conflict', {
        detail: 'Ask first what this role would have refused; only what was shown can be decided.',
      });
    if (shown.inPolicy) requireShown(row, shown.role, policy().identity);
    return shown.role;
  }

  return {
    carryOut,
    async propose(place, role, operator) {
      const { review, row } = await requireDecidable(place);
      const proposal = await propose(row, role, review);
      const refused = proposal.wouldRefuse.reduce((sum, { calls }) => sum + calls, 0);
      const detail = { role: proposal.role, calls: String(proposal.calls), wouldRefuse: String(refused) };
      const made = entry('review.proposed', { actor: operator, ...about(row, detail) });
      await commit(row, { proposal: JSON.stringify(proposal) }, made);
      return proposal;
    },
    async decide(place, request) {
      checkText('reason', request.reason, longestReason);
      const { review, row } = await requireDecidable(place);
      const role = await check(row, request);
      const { decision, reason, operator } = request;
      const change = {
        decision,
        reason,
        target_role: role ?? null,
        decided_by: operator,
        decided_at: Math.max(clock.now(), (row.decided_at ?? 0) + 1),
      };
      const made = entry('review.decided', { actor: operator, ...about(row, { decision, role }) });
      await commit(row, change, made);
      const decided = { ...row, ...change };
      try {
        await carryOut(decided);
      } catch (thrown) {
        // It is decided, and the next tick tries again; who asked must know that it is not done.
        if (decision !== 'keep') throw notDone(decision, thrown);
      }
      const now = await findPrincipal(store.db, place.review, place.principal);
      return view.principal(review, now ?? decided);
    },
  };
}

function notDone(decision: ReviewDecision, thrown: unknown): Fault {
  const { code, detail = '' } = asFault(thrown);
  const known = asFault(thrown);
  return new Fault(code, {
    detail: `It is decided (${decision}) and not carried out yet; it will be tried again. ${detail}`.trim(),
    cause: known,
  });
}

function shownProposal(row: PrincipalRow): Proposal | undefined {
  return row.proposal === null ? undefined : (JSON.parse(row.proposal) as Proposal);
}

/** A policy that was loaded meanwhile may give the name to another role. */
function requireShown(row: PrincipalRow, role: string, identity: Parameters<typeof roleOf>[0]): void {
  const shown = shownProposal(row);
  const section = roleOf(identity, role);
  const may = section?.may.map(({ verb, resource }) => `${verb} ${resource}`) ?? [];
  const isSame = (a: readonly string[], b: readonly string[]): boolean =>
    a.length === b.length && a.every((item) => b.includes(item));
  if (shown && section && isSame(may, shown.may) && isSame(section.models, shown.models)) return;
  throw new Fault('api.conflict', {
    detail: `The role ${role} of the policy is not what was shown; show it again.`,
  });
}

function requireNarrower(
  identity: Parameters<typeof roleOf>[0],
  { from, to }: { from: string; to: string },
): void {
  const [held, target] = [roleOf(identity, from), roleOf(identity, to)];
  if (!held)
    throw new Fault('api.conflict', {
      detail: `The policy has no role ${from}, so the key may do nothing: revoke it.`,
    });
  if (!target) throw new Fault('api.invalid', { detail: `role: the policy has no role ${to}.` });
  const more = beyond(target, held);
  if (more.length > 0)
    throw new Fault('api.invalid', {
      detail: `role: ${to} permits what ${from} does not: ${more.slice(0, 5).join(', ')}.`,
    });
}

/** Works out what a key could be narrowed to, and runs what it did through it. */
function createProposing({ keys, policy, history, clock }: ReviewOptions) {
  return async (row: PrincipalRow, role: string | undefined, review: ReviewRow): Promise<Proposal> => {
    if (row.kind !== 'key')
      throw new Fault('api.invalid', { detail: `The roles of a ${row.kind} are given elsewhere.` });
    const { principal_id: id } = row;
    const record = await keys.find(id);
    if (record?.state !== 'active')
      throw new Fault('api.conflict', { detail: 'The key has ended meanwhile.' });
    const { identity } = policy();
    const held = roleOf(identity, record.role);
    if (!held) requireNarrower(identity, { from: record.role, to: record.role });
    const span = spanOf(review, clock.now());
    const named = role === undefined ? undefined : roleOf(identity, role);
    if (role !== undefined) requireNarrower(identity, { from: record.role, to: role });
    const least = await history.least({ id, role: record.role }, span);
    const permissions = named
      ? { may: named.may.map(({ verb, resource }) => `${verb} ${resource}`), models: named.models }
      : least;
    if (permissions.may.length === 0)
      throw new Fault('api.conflict', {
        detail: 'The key made no call in this time, so no role is the least: revoke it, or keep it.',
      });
    const name = role ?? proposedName(record.role, id);
    const inPolicy = roleOf(identity, name) !== undefined;
    const yaml = inPolicy || !held ? undefined : roleYaml(name, permissions, held);
    return {
      role: name,
      inPolicy,
      ...permissions,
      yaml,
      ...(await history.replay({ id, permissions, limits: (named ?? held)?.limits }, span)),
    };
  };
}

/** The same name each time, so that what waits for it finds it. At most 63 characters, as names are. */
function proposedName(role: string, id: string): string {
  return `${role.slice(0, 50)}-${id.slice(-8)}`;
}
