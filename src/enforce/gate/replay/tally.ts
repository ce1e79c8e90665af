import type { Unjudged, Unreplayable } from './unreplayable.ts';

/** Calls that would go the other way, of one principal, to one place, for one reason. */
export interface ReplayGroup {
  /** The key's or token's id; undefined where nobody was identified. */
  readonly principal: string | undefined;
  readonly roles: readonly string[];
  readonly team: string | undefined;
  readonly route: string | undefined;
  readonly operation: string | undefined;
  readonly model: string | undefined;
  /** Newly refused: why the candidate refuses. Newly allowed: why it was refused. */
  readonly reason: string;
  /** The limit that refuses, or refused: `team-cost-day`. */
  readonly limit: string | undefined;
  readonly calls: number;
  /** Ids of entries, the first ones. */
  readonly examples: readonly string[];
  readonly firstAt: string;
  readonly lastAt: string;
}

export interface Counted<Name> {
  readonly name: Name;
  readonly calls: number;
  readonly examples: readonly string[];
}

/** What a replay found. Counts are of calls: an entry may tell of several refusals. */
export interface ReplayCounts {
  readonly entries: number;
  readonly calls: number;
  readonly stillAllowed: number;
  readonly stillRefused: number;
  readonly newlyRefused: readonly ReplayGroup[];
  readonly newlyAllowed: readonly ReplayGroup[];
  /** Calls in groups beyond `mostGroups`, told by number alone. */
  readonly furtherRefused: number;
  readonly furtherAllowed: number;
  readonly notReplayed: readonly Counted<Unreplayable>[];
  readonly notJudged: readonly Counted<Unjudged>[];
  /** Calls that gaps of the ledger say were refused unrecorded. */
  readonly unrecorded: number;
}

export type GroupKey = Omit<ReplayGroup, 'calls' | 'examples' | 'firstAt' | 'lastAt'>;

const mostGroups = 2000;
const mostExamples = 3;

type Growing<Counts> = { -readonly [Name in keyof Counts]: Counts[Name] };

/** Bounded: what a caller can make many of (models of a pattern) fills groups only so far, and is counted on. */
function createGroups() {
  const groups = new Map<string, Growing<ReplayGroup>>();
  let further = 0;
  return {
    add(key: GroupKey, more: Pick<ReplayGroup, 'calls' | 'examples' | 'firstAt' | 'lastAt'>): void {
      const { principal, roles, team, route, operation, model, reason, limit } = key;
      const name = JSON.stringify([principal, roles, team, route, operation, model, reason, limit]);
      const known = groups.get(name);
      if (known) {
        known.calls += more.calls;
        known.examples = [...known.examples, ...more.examples].slice(0, mostExamples);
        if (more.firstAt < known.firstAt) known.firstAt = more.firstAt;
        if (more.lastAt > known.lastAt) known.lastAt = more.lastAt;
      } else if (groups.size < mostGroups) {
        groups.set(name, { principal, roles, team, route, operation, model, reason, limit, ...more });
      } else further += more.calls;
    },
    addFurther: (calls: number) => {
      further += calls;
    },
    get further() {
      return further;
    },
    list: (): readonly ReplayGroup[] => [...groups.values()].toSorted((a, b) => b.calls - a.calls),
  };
}

function createCounts<Name extends string>() {
  const counts = new Map<Name, Growing<Counted<Name>>>();
  return {
    add(name: Name, calls: number, examples: readonly string[]): void {
      const known = counts.get(name) ?? { name, calls: 0, examples: [] };
      counts.set(name, known);
      known.calls += calls;
      known.examples = [...known.examples, ...examples].slice(0, mostExamples);
    },
    list: (): readonly Counted<Name>[] => [...counts.values()].toSorted((a, b) => b.calls - a.calls),
  };
}

export interface Tally {
  readonly refused: ReturnType<typeof createGroups>;
  readonly allowed: ReturnType<typeof createGroups>;
  readonly notReplayed: ReturnType<typeof createCounts<Unreplayable>>;
  readonly notJudged: ReturnType<typeof createCounts<Unjudged>>;
  count(
    more: Partial<Pick<ReplayCounts, 'entries' | 'calls' | 'stillAllowed' | 'stillRefused' | 'unrecorded'>>,
  ): void;
  counts(): ReplayCounts;
}

export function createTally(): Tally {
  const sums = { entries: 0, calls: 0, stillAllowed: 0, stillRefused: 0, unrecorded: 0 };
  const refused = createGroups();
  const allowed = createGroups();
  const notReplayed = createCounts<Unreplayable>();
  const notJudged = createCounts<Unjudged>();
  return {
    refused,
    allowed,
    notReplayed,
    notJudged,
    count(more) {
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += more[name] ?? 0;
    },
    counts: () => ({
      ...sums,
      newlyRefused: refused.list(),
      newlyAllowed: allowed.list(),
      furtherRefused: refused.further,
      furtherAllowed: allowed.further,
      notReplayed: notReplayed.list(),
      notJudged: notJudged.list(),
    }),
  };
}

/** The counts of one page after another as one. */
export function addReplays(pages: Iterable<ReplayCounts>): ReplayCounts {
  const tally = createTally();
  for (const page of pages) {
    tally.count(page);
    for (const [groups, further, into] of [
      [page.newlyRefused, page.furtherRefused, tally.refused],
      [page.newlyAllowed, page.furtherAllowed, tally.allowed],
    ] as const) {
      for (const group of groups) into.add(group, group);
      into.addFurther(further);
    }
    for (const { name, calls, examples } of page.notReplayed) tally.notReplayed.add(name, calls, examples);
    for (const { name, calls, examples } of page.notJudged) tally.notJudged.add(name, calls, examples);
  }
  return tally.counts();
}
