import { isRolling, type RateWindow, rollingWindowMs } from '../../../kernel/index.ts';
import { calendarWindow } from '../calendar.ts';
import type { LimitSet, LimitSubject } from '../limits.ts';

/** How far what was used at a moment can still be felt: the windows of these limits. */
export function createReach(sets: readonly LimitSet[]) {
  const windows = new Set<RateWindow>(
    sets.flatMap(({ requests, tokens, cost }) => [...requests, ...tokens, ...cost].map(({ per }) => per)),
  );
  const longestRollingMs = Math.max(0, ...[...windows].filter(isRolling).map((per) => rollingWindowMs[per]));
  const calendars = (['day', 'month'] as const).filter((per) => windows.has(per));
  return {
    /** From when on entries must be read so that every window of this moment is whole. */
    beginning: (atMs: number): number =>
      Math.min(atMs - longestRollingMs, ...calendars.map((per) => calendarWindow(per, atMs).start)),
    /** When nothing used at this moment counts any more. A call that holds concurrency is given as long as the longest call. */
    end: (atMs: number, longestCallMs: number): number =>
      Math.max(
        atMs + longestRollingMs,
        atMs + longestCallMs,
        ...calendars.map((per) => calendarWindow(per, atMs).end),
      ),
  };
}

const mostMarks = 65_536;

/**
 * Where counters may say less than the gate would have known, and until when: some calls before are not recorded, or not told of wholly. What is
 * refused by a counter that says too little is refused; what fits is not certain.
 */
export function createMarks() {
  const until = new Map<string, number>();
  let shared = 0;
  let everything = 0;

  function mark(name: string, untilMs: number): void {
    if (until.size >= mostMarks && !until.has(name)) everything = Math.max(everything, untilMs);
    else until.set(name, Math.max(until.get(name) ?? 0, untilMs));
  }
  const nameOf = ({ scope, subject }: LimitSubject): string => `${scope} ${subject}`;

  return {
    everything(untilMs: number): void {
      everything = Math.max(everything, untilMs);
    },
    /** A call of which only the caller is known. */
    caller(id: string, untilMs: number): void {
      mark(`caller ${id}`, untilMs);
      shared = Math.max(shared, untilMs);
    },
    subjects(subjects: readonly LimitSubject[], untilMs: number): void {
      for (const subject of subjects) mark(nameOf(subject), untilMs);
    },
    cover(caller: string, subjects: readonly LimitSubject[], atMs: number): boolean {
      if (atMs < everything) return true;
      if (until.size === 0) return false;
      if (atMs < (until.get(`caller ${caller}`) ?? 0)) return true;
      return subjects.some(
        (subject) => (subject.scope !== 'key' && atMs < shared) || atMs < (until.get(nameOf(subject)) ?? 0),
      );
    },
  };
}
