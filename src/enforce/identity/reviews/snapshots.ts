import { assess, type PresentPrincipal } from './assess.ts';
import { type Gathered, gatherUse, unusedAtAll } from './gather.ts';
import { type ReviewOptions, settingsOf } from './parts.ts';
import type { SourceProblem } from './review.ts';
import type { PrincipalRow, ReviewRow } from './store.ts';

/** Everybody who has access, with what each was granted and did. */
export function createSnapshots(options: ReviewOptions) {
  const { clock, keys, others, ledger, history, policy } = options;

  async function present(gathered: Gathered): Promise<readonly PresentPrincipal[]> {
    const found: PresentPrincipal[] = (await keys.list())
      .filter(({ state }) => state === 'active')
      .map(({ id, role, team, owner, createdAt, expiresAt, lastUsedAt }) => ({
        id,
        kind: 'key',
        roles: [role],
        team,
        hasOwner: owner !== undefined,
        createdAt,
        expiresAt,
        lastUsedAt,
      }));
    for (const { list } of others) found.push(...(await list()));
    const known = new Set(found.map(({ id }) => id));
    // Tokens are issued elsewhere: those that were used are those that are known.
    for (const [id, { kind, roles, team }] of gathered.found)
      if (kind === 'token' && !known.has(id)) found.push({ id, kind, roles, team, hasOwner: true });
    return found;
  }

  return async (
    { id: reviewId, since, until }: Pick<ReviewRow, 'id' | 'since' | 'until'>,
    signal: AbortSignal,
  ): Promise<{ rows: PrincipalRow[]; problems: readonly SourceProblem[]; policy: string }> => {
    const gathered = await gatherUse(ledger, { since, until }, signal);
    const { identity, digest } = policy();
    const { every, dormant } = settingsOf(options);
    const rows: PrincipalRow[] = [];
    for (const principal of await present(gathered)) {
      signal.throwIfAborted();
      const use = gathered.found.get(principal.id)?.use ?? unusedAtAll;
      const isWhole = principal.kind !== 'operator' && !use.truncated;
      const unused = isWhole ? await history.unused(use.used, principal.roles) : { may: [], models: [] };
      const snapshot = assess(principal, use, { identity, now: clock.now(), every, dormant, unused });
      rows.push({
        review_id: reviewId,
        principal_id: principal.id,
        kind: principal.kind,
        snapshot: JSON.stringify(snapshot),
        proposal: null,
        decision: null,
        target_role: null,
        reason: null,
        decided_by: null,
        decided_at: null,
        applied_at: null,
      });
    }
    return { rows, problems: gathered.problems, policy: digest };
  };
}
