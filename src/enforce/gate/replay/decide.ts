import type { Entry } from '../../../record/index.ts';
import { callKinds } from '../entries.ts';
import type { GateSnapshot } from '../snapshot/snapshot.ts';
import { differences } from './differences.ts';
import { type CalledAs, createJudge, type Verdict } from './judge.ts';
import { readRecordedCall, textOf } from './recorded-call.ts';
import type { Unreplayable } from './unreplayable.ts';

export interface Decided {
  readonly verdict: Verdict;
  readonly differs: ReturnType<typeof differences>;
  /** It was made under the candidate itself, whose verdict therefore stands, limits included. */
  readonly same: boolean;
}

const mostRemembered = 20_000;
const unserved: Verdict = { kind: 'refused', reason: 'route.unknown', beforeBody: true };

/** The verdict for an entry but for limits, remembered by all it depends on: calls repeat, and deciding is dearer than looking up. */
export function createDecider({
  candidate,
  inForce,
}: {
  readonly candidate: GateSnapshot;
  readonly inForce: GateSnapshot;
}): (entry: Entry, then: GateSnapshot) => Decided | Unreplayable {
  const judge = createJudge(candidate, inForce);
  const remembered = new Map<string, Decided | Unreplayable>();
  const differing = new Map<string, ReturnType<typeof differences>>();

  function work(entry: Entry, then: GateSnapshot): Decided | Unreplayable {
    const differs = differing.get(then.digest) ?? differences(then, candidate);
    differing.set(then.digest, differs);
    const reason = entry.kind === callKinds.denied ? (entry.reason ?? '') : undefined;
    const same = then.digest === candidate.digest;
    const still: Decided = { verdict: unserved, differs, same };
    // The same policy decides the same, also where the entry tells less than the gate knew.
    if (same) {
      if (reason !== undefined) return still;
      return { verdict: { kind: 'allowed', wireChanged: false, as: asRecorded(entry, then) }, differs, same };
    }
    if (reason === 'request.address') return differs.addresses ? 'address-not-recorded' : still;
    if (reason === 'route.unknown' || reason === 'operation.unknown')
      return differs.routes ? 'path-not-recorded' : still;
    if (reason === 'limit.address') return 'address-limit-not-known';
    const call = readRecordedCall(entry, then);
    if (typeof call === 'string') return call;
    const verdict = judge(call);
    if (verdict.kind === 'unknown') return verdict.why;
    if (verdict.kind === 'allowed' && reason?.startsWith('data.'))
      return differs.data ? 'data-not-recorded' : still;
    if (verdict.kind === 'allowed' && reason === 'body.too-large')
      return differs.largerBodies ? 'body-not-recorded' : still;
    return { verdict, differs, same };
  }

  return (entry, then) => {
    const { actor, kind, reason, detail = {} } = entry;
    const isKey = actor?.startsWith('key_');
    const principal = actor === 'public' || actor === undefined ? actor : isKey ? 'key' : 'token';
    const { route, operation, model, role, roles, team, prefixRepeated } = detail;
    const key = JSON.stringify([
      then.digest,
      kind,
      reason,
      principal,
      route,
      operation,
      model,
      role,
      roles,
      team,
      prefixRepeated,
    ]);
    const known = remembered.get(key);
    if (known !== undefined) return withBody(known, entry, candidate);
    if (remembered.size >= mostRemembered) remembered.clear();
    const found = work(entry, then);
    remembered.set(key, found);
    return withBody(found, entry, candidate);
  };
}

/** A call let through under the very policy: its entry says what it was counted as. */
function asRecorded(entry: Entry, { routes }: GateSnapshot): CalledAs | undefined {
  const { actor } = entry;
  const route = routes.find(({ name }) => name === textOf(entry, 'route'));
  if (!route || actor === undefined) return undefined;
  const caller = actor === 'public' ? 'public' : actor.startsWith('key_') ? 'key' : 'token';
  return { caller, role: textOf(entry, 'role'), route, model: textOf(entry, 'model') };
}

/** The body's size is recorded: the candidate may take less. */
function withBody(
  decided: Decided | Unreplayable,
  entry: Entry,
  candidate: GateSnapshot,
): Decided | Unreplayable {
  if (typeof decided === 'string') return decided;
  const { verdict } = decided;
  const bytes = entry.detail?.['requestBytes'];
  const isLarge = typeof bytes === 'number' && bytes > candidate.bounds.body;
  if (!isLarge || (verdict.kind === 'refused' && verdict.beforeBody)) return decided;
  return { ...decided, verdict: { kind: 'refused', reason: 'body.too-large', beforeBody: false } };
}
