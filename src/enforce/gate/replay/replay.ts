import type { Entry, Ledger } from '../../../record/index.ts';
import { callKinds } from '../entries.ts';
import type { GateSnapshot } from '../snapshot/snapshot.ts';
import { differences } from './differences.ts';
import { createJudge, type Verdict } from './judge.ts';
import { callsOf, readRecordedCall, textOf } from './recorded-call.ts';
import { createTally, type GroupKey, type ReplayCounts, type Tally } from './tally.ts';
import type { Unreplayable } from './unreplayable.ts';

export interface ReplayOptions {
  readonly ledger: Pick<Ledger, 'search' | 'status'>;
  readonly candidate: GateSnapshot;
  readonly inForce: GateSnapshot;
  /** The policy of this digest, where its text is kept. */
  policyOf(digest: string): Promise<GateSnapshot | undefined>;
  /** Unix milliseconds; the end not included. */
  readonly since: number;
  readonly until: number;
  /** The index to go on at. */
  readonly from?: number | undefined;
  /** Entries looked at before the page ends. */
  readonly pageEntries: number;
}

export interface ReplayPage extends ReplayCounts {
  /** When the first entry of this page happened: later than `since` where history before it was pruned, or there is none. */
  readonly firstAt: string | undefined;
  /** Whether the ledger no longer has entries from the beginning of the span. */
  readonly pruned: boolean;
  /** The index the next page goes on at; absent when the span is through. */
  readonly next: number | undefined;
  /** Entries in the ledger, for progress. */
  readonly size: number;
}

/** Refusals no policy changes: of what the caller sent, of the gate's own state, of the body's form. */
const fixedRefusals = /^(request\.(?!address)|body\.(?!too-large)|overloaded$|ledger\.|internal$)/;

/** Turns of the event loop in between, so that a replay holds up no call for long. */
const entriesPerTurn = 64;
const mostRemembered = 20_000;

/**
 * Runs the recorded decisions and refusals of a span through a candidate policy, a page at a time, in bounded memory. What the gate would decide
 * is decided by the gate's own step; what the record does not tell is counted and named. Limits are not replayed: an entry is written
 * after the moment its limits were asked, refusals have no usage, and callers that are refused behave otherwise, so the result would look exact
 * and not be.
 */
export async function replayPolicy(options: ReplayOptions): Promise<ReplayPage> {
  const { ledger, since, until, from, pageEntries } = options;
  const tally = createTally();
  const replayEntry = createEntryReplay(options, tally);
  const pruned = from === undefined && (await startsLater(ledger, since));
  let firstAt: string | undefined;
  let seen = 0;
  for await (const { index, entry } of ledger.search({
    since,
    until,
    order: 'oldest',
    ...(from && { from }),
  })) {
    if (seen >= pageEntries) return finish(index);
    seen += 1;
    firstAt ??= entry.at;
    await replayEntry(entry);
    if (seen % entriesPerTurn === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return finish(undefined);

  function finish(next: number | undefined): ReplayPage {
    return { ...tally.counts(), firstAt, pruned, next, size: ledger.status.size };
  }
}

/** Whether the oldest entry there is was not the first of the ledger, and lies within the span. */
async function startsLater(ledger: Pick<Ledger, 'search'>, since: number): Promise<boolean> {
  for await (const { index, entry } of ledger.search({ order: 'oldest', limit: 1 }))
    return index > 0 && Date.parse(entry.at) > since;
  return false;
}

function createEntryReplay(options: ReplayOptions, tally: Tally): (entry: Entry) => Promise<void> {
  const policyOf = rememberPolicies(options);
  const decide = createDecider(options);
  return async (entry) => {
    if (entry.kind === 'ledger.gap') return tally.count({ unrecorded: refusedIn(entry) });
    if (entry.kind !== callKinds.decided && entry.kind !== callKinds.denied) return;
    const calls = callsOf(entry);
    tally.count({ entries: 1, calls });
    const skip = (why: Unreplayable): void => tally.notReplayed.add(why, calls, [entry.id]);
    if (entry.kind === callKinds.denied && fixedRefusals.test(entry.reason ?? ''))
      return tally.count({ stillRefused: calls });
    const then = entry.policy === undefined ? undefined : await policyOf(entry.policy);
    if (!then) return skip('policy-not-kept');
    const decided = decide(entry, then);
    if (typeof decided === 'string') return skip(decided);
    settle({ entry, calls, decided, tally });
  };
}

function refusedIn({ detail }: Entry): number {
  const refused = detail?.['refused'];
  return typeof refused === 'number' && refused > 0 ? refused : 0;
}

/** Looked up once each: entries of one time have one digest. */
function rememberPolicies({ policyOf, candidate, inForce }: ReplayOptions) {
  const known = new Map<string, Promise<GateSnapshot | undefined>>([
    [candidate.digest, Promise.resolve(candidate)],
    [inForce.digest, Promise.resolve(inForce)],
  ]);
  return (digest: string): Promise<GateSnapshot | undefined> => {
    const found = known.get(digest) ?? policyOf(digest);
    // The digests of a span are as many as its loads, each an operator's doing.
    known.set(digest, found);
    return found;
  };
}

interface Decided {
  readonly verdict: Verdict;
  readonly differs: ReturnType<typeof differences>;
}

/** The verdict for an entry, remembered by all it depends on: calls repeat, and deciding is dearer than looking up. */
function createDecider({ candidate, inForce }: ReplayOptions) {
  const judge = createJudge(candidate, inForce);
  const remembered = new Map<string, Decided | Unreplayable>();
  const differing = new Map<string, ReturnType<typeof differences>>();

  function work(entry: Entry, then: GateSnapshot): Decided | Unreplayable {
    const differs = differing.get(then.digest) ?? differences(then, candidate);
    differing.set(then.digest, differs);
    const reason = entry.kind === callKinds.denied ? (entry.reason ?? '') : undefined;
    const still: Decided = {
      verdict: { kind: 'refused', reason: 'route.unknown', beforeBody: true },
      differs,
    };
    // The same policy decides the same, also where the entry tells less than the gate knew.
    if (then.digest === candidate.digest)
      return reason === undefined ? { verdict: { kind: 'allowed', wireChanged: false }, differs } : still;
    if (reason === 'request.address') return differs.addresses ? 'address-not-recorded' : still;
    if (reason === 'route.unknown' || reason === 'operation.unknown')
      return differs.routes ? 'path-not-recorded' : still;
    if (reason === 'limit.address') return 'refused-by-limit';
    const call = readRecordedCall(entry, then);
    if (typeof call === 'string') return call;
    const verdict = judge(call);
    if (verdict.kind === 'unknown') return verdict.why;
    const allowed = verdict.kind === 'allowed';
    if (allowed && reason?.startsWith('limit.')) return 'refused-by-limit';
    if (allowed && reason === 'body.too-large') return differs.largerBodies ? 'body-not-recorded' : still;
    return { verdict, differs };
  }

  return (entry: Entry, then: GateSnapshot): Decided | Unreplayable => {
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

interface Settled {
  readonly entry: Entry;
  readonly calls: number;
  readonly decided: Decided;
  readonly tally: Tally;
}

function settle({ entry, calls, decided: { verdict, differs }, tally }: Settled): void {
  const wasAllowed = entry.kind === callKinds.decided;
  const more = { calls, examples: [entry.id], firstAt: entry.at, lastAt: entry.at };
  if (verdict.kind === 'refused') {
    if (!wasAllowed) return tally.count({ stillRefused: calls });
    return tally.refused.add(groupOf(entry, verdict.reason), more);
  }
  if (wasAllowed) tally.count({ stillAllowed: calls });
  else tally.allowed.add(groupOf(entry, entry.reason ?? ''), more);
  for (const part of differs.unjudged) tally.notJudged.add(part, calls, [entry.id]);
  if (verdict.kind === 'allowed' && verdict.wireChanged) tally.notJudged.add('wires', calls, [entry.id]);
}

function groupOf(entry: Entry, reason: string): GroupKey {
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
  };
}
