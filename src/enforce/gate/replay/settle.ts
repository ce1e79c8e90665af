import type { Entry } from '../../../record/index.ts';
import type { ReplayedVerdict } from '../../limits/index.ts';
import { callKinds } from '../entries.ts';
import type { GateSnapshot } from '../snapshot/snapshot.ts';
import type { Decided } from './decide.ts';
import type { Verdict } from './judge.ts';
import { textOf } from './recorded-call.ts';
import type { LimitReplay } from './replayed-limits.ts';
import type { GroupKey, Tally } from './tally.ts';

interface Settling {
  readonly entry: Entry;
  readonly calls: number;
  readonly past: GateSnapshot;
  readonly decided: Decided;
  /** Of the page under way when it is asked for. */
  readonly tally: () => Tally;
}

type Allowed = Verdict & { readonly kind: 'allowed' };

/** Counts what became of a call: at once, or where limits count it when they have concluded. */
export function settleWith(limits: LimitReplay | undefined): (settling: Settling) => void {
  return (settling) => {
    const { entry, calls, past, decided, tally } = settling;
    const { verdict, same } = decided;
    const wasAllowed = entry.kind === callKinds.decided;
    if (verdict.kind === 'unknown') return tally().notReplayed.add(verdict.why, calls, [entry.id]);
    if (verdict.kind === 'refused') return refuse(settling, verdict.reason);
    if (!limits) return allow(settling, verdict, { fits: true, certain: true });
    const { as } = verdict;
    if (!as) {
      if (wasAllowed) limits.missing(Date.parse(entry.at), entry.actor);
      return allow(settling, verdict, { fits: true, certain: same });
    }
    limits.ask({
      entry,
      calls,
      as,
      past,
      wasAllowed,
      // It was asked for by the candidate itself then, when more was known.
      conclude: (told) => allow(settling, verdict, same ? { fits: true, certain: true } : told),
    });
  };
}

function allow(settling: Settling, verdict: Allowed, told: ReplayedVerdict): void {
  const { entry, calls, decided, tally } = settling;
  if (!told.fits) return refuse(settling, `limit.${told.measure}`, told.limit);
  const wasAllowed = entry.kind === callKinds.decided;
  const byLimit = !wasAllowed && entry.reason?.startsWith('limit.');
  if (byLimit && !told.certain) return tally().notReplayed.add('limit-not-known', calls, [entry.id]);
  const { allowed, notJudged } = tally();
  if (wasAllowed) tally().count({ stillAllowed: calls });
  else allowed.add(groupOf(entry, entry.reason ?? ''), seen(entry, calls));
  if (!told.certain) notJudged.add('limits', calls, [entry.id]);
  for (const part of decided.differs.unjudged) notJudged.add(part, calls, [entry.id]);
  if (verdict.wireChanged) notJudged.add('wires', calls, [entry.id]);
}

function refuse({ entry, calls, tally }: Settling, reason: string, limit?: string): void {
  if (entry.kind !== callKinds.decided) return tally().count({ stillRefused: calls });
  tally().refused.add(groupOf(entry, reason, limit), seen(entry, calls));
}

function seen({ id, at }: Entry, calls: number) {
  return { calls, examples: [id], firstAt: at, lastAt: at };
}

function groupOf(entry: Entry, reason: string, limit = textOf(entry, 'limit')): GroupKey {
  const role = textOf(entry, 'role');
  const roles = entry.detail?.['roles'];
  const held = Array.isArray(roles) ? roles.filter((item) => typeof item === 'string') : [];
  return {
    principal: entry.actor,
    roles: held.length > 0 ? held : role === undefined ? [] : [role],
    team: textOf(entry, 'team'),
    route: textOf(entry, 'route'),
    operation: textOf(entry, 'operation'),
    model: textOf(entry, 'model'),
    reason,
    limit,
  };
}
