import type { Entry, Ledger } from '../../../record/index.ts';
import { callKinds } from '../entries.ts';
import type { GateSnapshot } from '../snapshot/snapshot.ts';
import { createDecider, type Decided } from './decide.ts';
import { callsOf } from './recorded-call.ts';
import { createLimitReplay, type LimitReplay } from './replayed-limits.ts';
import { settleWith } from './settle.ts';
import { createTally, type ReplayCounts, type Tally } from './tally.ts';
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
}

export interface ReplayPage extends ReplayCounts {
  /** When the first entry of the span happened: later than `since` where history before it was pruned, or there is none. */
  readonly firstAt: string | undefined;
  /** Whether the ledger no longer has entries from the beginning of the span. */
  readonly pruned: boolean;
  /** The index the next page goes on at; absent when the span is through. */
  readonly next: number | undefined;
  /** Entries in the ledger, for progress. */
  readonly size: number;
}

/** A replay that goes on page by page: what its limits count stands in memory in between. */
export interface Replay {
  /** Looks at so many entries at most. Asked again after the last page, there is nothing. */
  page(mostEntries: number): Promise<ReplayPage>;
}

/** Refusals no policy changes: of what the caller sent, of the gate's own state, of the body's form. */
const fixedRefusals = /^(request\.(?!address)|body\.(?!too-large)|overloaded$|ledger\.|internal$)/;

/** Turns of the event loop in between, so that a replay holds up no call for long. */
const entriesPerTurn = 64;

/**
 * Runs the recorded decisions and refusals of a span through a candidate policy, a page at a time, in bounded memory. What the gate would decide
 * is decided by the gate's own step; its limits are asked by their own code, at the recorded times, for what the calls are recorded to have used. What
 * the record does not tell is counted and named. Entries before the span are read as far back as the windows of the limits reach.
 */
export function createReplay(options: ReplayOptions): Replay {
  const { ledger, candidate, since, until } = options;
  const limits = createLimitReplay(candidate);
  const tallies = createPageTallies();
  const replayEntry = createEntryReplay({ ...options, limits, tallies });
  const beginning = Math.min(since, limits?.beginning(since) ?? since);
  let from: number | undefined = 0;
  let firstAt: string | undefined;
  let pruned = false;

  async function begin(): Promise<void> {
    const oldest = await oldestEntry(ledger);
    if (!oldest || oldest.index === 0) return;
    const at = Date.parse(oldest.entry.at);
    pruned = at > since;
    if (at > beginning) limits?.missing(at, undefined);
  }

  async function read(mostEntries: number): Promise<number | undefined> {
    let seen = 0;
    const query = { since: beginning, until, order: 'oldest', ...(from && { from }) } as const;
    for await (const { index, entry } of ledger.search(query)) {
      if (seen >= mostEntries) return index;
      seen += 1;
      const isWithin = Date.parse(entry.at) >= since;
      if (isWithin) firstAt ??= entry.at;
      await replayEntry(entry, isWithin);
      if (seen % entriesPerTurn === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    limits?.flush();
    return undefined;
  }

  return {
    async page(mostEntries) {
      tallies.begin();
      if (from === 0) await begin();
      if (from !== undefined) from = await read(mostEntries);
      return { ...tallies.present().counts(), firstAt, pruned, next: from, size: ledger.status.size };
    },
  };
}

/** The tally of the page under way. A verdict may come a page later than its entry; so that pages add up, the call is counted with it. */
function createPageTallies() {
  let present = createTally();
  const ignored = createTally();
  return {
    begin(): void {
      present = createTally();
    },
    present: (): Tally => present,
    /** What lies before the span counts for limits only. */
    for: (isWithin: boolean): Tally => (isWithin ? present : ignored),
  };
}

async function oldestEntry(ledger: Pick<Ledger, 'search'>) {
  for await (const found of ledger.search({ order: 'oldest', limit: 1 })) return found;
  return undefined;
}

interface EntryReplay extends ReplayOptions {
  readonly limits: LimitReplay | undefined;
  readonly tallies: ReturnType<typeof createPageTallies>;
}

function createEntryReplay(options: EntryReplay): (entry: Entry, isWithin: boolean) => Promise<void> {
  const { limits, tallies } = options;
  const policyOf = rememberPolicies(options);
  const decide = createDecider(options);
  const settle = settleWith(limits);

  async function decided(entry: Entry): Promise<{ past: GateSnapshot; decided: Decided } | Unreplayable> {
    const past = entry.policy === undefined ? undefined : await policyOf(entry.policy);
    if (!past) return 'policy-not-kept';
    const found = decide(entry, past);
    return typeof found === 'string' ? found : { past, decided: found };
  }

  return async (entry, isWithin) => {
    const tally = (): Tally => tallies.for(isWithin);
    if (entry.kind === 'ledger.gap') return tally().count({ unrecorded: refusedIn(entry) });
    if (entry.kind === callKinds.finished) return limits?.ended(entry);
    if (entry.kind === 'system.started') return limits?.restarted(Date.parse(entry.at));
    if (entry.kind !== callKinds.decided && entry.kind !== callKinds.denied) return;
    const calls = callsOf(entry);
    tally().count({ entries: 1, calls });
    if (entry.kind === callKinds.denied && fixedRefusals.test(entry.reason ?? ''))
      return tally().count({ stillRefused: calls });
    const found = await decided(entry);
    if (typeof found !== 'string') return settle({ entry, calls, ...found, tally });
    tally().notReplayed.add(found, calls, [entry.id]);
    if (entry.kind === callKinds.decided) limits?.missing(Date.parse(entry.at), entry.actor);
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
