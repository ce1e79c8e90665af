import { createLimits } from '../create-limits.ts';
import type { Admission, LimitRefusal, LimitSet, LimitSubject, Usage } from '../limits.ts';
import { createDayTotals, utcDay } from '../totals.ts';
import { createMarks, createReach } from './marks.ts';
import { createRecordedTime } from './recorded-time.ts';

/** A recorded call as limits are asked for it. */
export interface ReplayedCall {
  /** The id of its decision, which its end names. */
  readonly id: string;
  readonly caller: string;
  /** Unix milliseconds at which it was decided. */
  readonly atMs: number;
  readonly subjects: readonly LimitSubject[];
  readonly tokens: number;
  readonly costNanoUsd: number;
  readonly likelyTokens?: number;
  readonly likelyCostNanoUsd?: number;
  /** Whether `tokens` and `costNanoUsd` are recorded, or the least they can have been. */
  readonly estimateKnown: boolean;
  /** It was let through then, and its end is recorded. */
  readonly wasAdmitted: boolean;
  conclude(verdict: ReplayedVerdict): void;
}

/** `certain`: nothing that is not recorded could make it not fit. */
export type ReplayedVerdict =
  | { readonly fits: true; readonly certain: boolean }
  | { readonly fits: false; readonly measure: LimitRefusal['measure']; readonly limit: string };

/** Limits asked again over recorded times, by the code that asks them of calls. Calls are given in the order they are recorded in. */
export interface ReplayedLimits {
  /** From when on entries must be read for counters to be whole at this moment. */
  beginning(atMs: number): number;
  /** Concludes later, when no end of another call can change it any more; or at `flush`. */
  ask(call: ReplayedCall): void;
  /** A call ended. One that did not fit, or was not asked of, changes nothing. */
  ended(id: string, atMs: number, used: Usage): void;
  /** The server began anew: rolling windows are empty, days and months are not. */
  restarted(atMs: number): void;
  /** At this time calls were let through of which at most the caller is known; undefined: not even that. */
  missing(atMs: number, caller: string | undefined): void;
  flush(): void;
}

/**
 * The record tells times in whole milliseconds, and the end of a call a moment after its share was given back: at the very edge of a limit it does
 * not say which came first. So a call that was let through is asked for this much later, with what ended meanwhile given back: it is called refused only
 * where no such moment helps. One that was refused is asked for at its time, and where something ended this close to it, nothing is known.
 */
const patienceMs = 10;

interface Flying {
  readonly admission: Admission;
  /** As estimated. */
  readonly costNanoUsd: number;
  readonly subjects: readonly LimitSubject[];
}

interface Waiting {
  readonly call: ReplayedCall;
  readonly elapsedMs: number;
  /** It ended before it was asked for. */
  ended?: End;
}

interface End {
  readonly atMs: number;
  readonly elapsedMs: number;
  readonly used: Usage;
}

interface Ended {
  /** It used more than it had reserved. */
  readonly overshot: boolean;
  readonly elapsedMs: number;
  readonly subjects: readonly LimitSubject[];
}

export function createReplayedLimits({
  sets,
  longestCallMs,
}: {
  /** All sets of the policy. */
  readonly sets: readonly LimitSet[];
  readonly longestCallMs: number;
}): ReplayedLimits {
  const reach = createReach(sets);
  const marks = createMarks();
  const totals = createDayTotals();
  const time = createRecordedTime((atMs) => {
    beginAnew();
    marks.everything(reach.end(atMs, longestCallMs));
  });
  const begin = () => createLimits({ clock: time.clock, usedSoFar: totals.used });
  let limits = begin();
  const flying = new Map<string, Flying>();
  const waiting = createLine<Waiting>();
  const waitingById = new Map<string, Waiting>();
  const ends = createLine<Ended>();

  function decide({ call, elapsedMs, ended }: Waiting): void {
    const { id, caller, atMs, subjects, costNanoUsd, estimateKnown, wasAdmitted } = call;
    waitingById.delete(id);
    time.show(atMs, wasAdmitted ? elapsedMs + patienceMs : elapsedMs);
    if (!wasAdmitted && ends.some((end) => isCloseTo(end, elapsedMs, subjects))) return leaveOpen(call);
    const admitted = limits.admit(call);
    if (!admitted.ok) {
      const { measure, limit } = admitted;
      // Given back early is less in the way; charged early, beyond what was reserved, is more.
      if (wasAdmitted && ends.some((end) => end.overshot && isCloseTo(end, elapsedMs, subjects)))
        return leaveOpen(call);
      return call.conclude({ fits: false, measure, limit });
    }
    const certain = (estimateKnown || !countsUsage(subjects)) && !marks.cover(caller, subjects, atMs);
    const one = { admission: admitted, subjects, costNanoUsd };
    if (ended) giveBack(one, ended);
    else if (wasAdmitted) flying.set(id, one);
    else {
      // What it would have used, and for how long, nobody knows: it counts as a call, and as nothing more.
      settle(one, atMs, { tokens: 0, costNanoUsd: 0 });
      marks.subjects(subjects.filter(countsMore), reach.end(atMs, longestCallMs));
    }
    call.conclude({ fits: true, certain });
  }

  /** It may fit, and then count for what comes after. */
  function leaveOpen({ atMs, subjects, conclude }: ReplayedCall): void {
    marks.subjects(subjects, reach.end(atMs, longestCallMs));
    conclude({ fits: true, certain: false });
  }

  function settle({ admission, subjects }: Flying, atMs: number, used: Usage): void {
    admission.settle(used);
    const { tokens, costNanoUsd: cost } = used;
    for (const { scope, subject } of subjects)
      totals.add(`${scope} ${subject}`, utcDay(atMs), { requests: 1, tokens, cost });
  }

  function giveBack(one: Flying, { atMs, elapsedMs, used }: End): void {
    time.show(atMs, elapsedMs);
    settle(one, atMs, used);
    ends.takeWhile((end) => end.elapsedMs + 2 * patienceMs < elapsedMs);
    ends.add({ elapsedMs, subjects: one.subjects, overshot: isOvershot(one, used) });
  }

  /** Decides what no entry of this time or later can change. */
  function moveTo(atMs: number): number {
    const elapsedMs = time.moveTo(atMs);
    waiting.takeWhile((one) => one.elapsedMs + patienceMs <= elapsedMs, decide);
    return elapsedMs;
  }
  const flush = (): void => waiting.takeWhile(() => true, decide);

  function beginAnew(): void {
    flush();
    flying.clear();
    limits = begin();
  }

  return {
    beginning: reach.beginning,
    ask(call) {
      const one: Waiting = { call, elapsedMs: moveTo(call.atMs) };
      waiting.add(one);
      if (call.wasAdmitted) waitingById.set(call.id, one);
    },
    ended(id, atMs, used) {
      const end = { atMs, elapsedMs: moveTo(atMs), used };
      const waits = waitingById.get(id);
      if (waits) waits.ended = end;
      const found = flying.get(id);
      if (found && flying.delete(id)) giveBack(found, end);
    },
    restarted(atMs) {
      moveTo(atMs);
      beginAnew();
    },
    missing(atMs, caller) {
      const untilMs = reach.end(atMs, longestCallMs);
      if (caller === undefined) marks.everything(untilMs);
      else marks.caller(caller, untilMs);
    },
    flush,
  };
}

function isOvershot({ admission, subjects, costNanoUsd }: Flying, used: Usage): boolean {
  if (used.tokens > admission.reservedTokens) return true;
  const wholes = subjects.flatMap(({ limits }) => limits.cost.map(({ amount }) => amount));
  return used.costNanoUsd > Math.min(costNanoUsd, ...wholes);
}

/** Something of theirs was given back so close to the time that it may have been before or after. */
function isCloseTo(
  { elapsedMs, subjects }: Ended,
  atElapsedMs: number,
  asked: readonly LimitSubject[],
): boolean {
  return (
    Math.abs(elapsedMs - atElapsedMs) <= patienceMs &&
    subjects.some(
      (one) =>
        countsMore(one) && asked.some(({ scope, subject }) => scope === one.scope && subject === one.subject),
    )
  );
}

/** First in, first out. */
function createLine<Item>() {
  let items: Item[] = [];
  let next = 0;
  return {
    add: (item: Item) => void items.push(item),
    some: (is: (item: Item) => boolean): boolean => items.some((item, index) => index >= next && is(item)),
    takeWhile(may: (item: Item) => boolean, take: (item: Item) => void = () => {}): void {
      for (let item = items[next]; item !== undefined && may(item); item = items[next]) {
        next += 1;
        take(item);
      }
      if (next < items.length && next < 1024) return;
      items = items.slice(next);
      next = 0;
    },
  };
}

/** Whether it counts more of a call than that there was one. */
function countsMore({ limits: { tokens, cost, concurrency } }: LimitSubject): boolean {
  return tokens.length + cost.length > 0 || concurrency !== undefined;
}

function countsUsage(subjects: readonly LimitSubject[]): boolean {
  return subjects.some(({ limits: { tokens, cost } }) => tokens.length + cost.length > 0);
}
