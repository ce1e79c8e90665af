import type { Clock } from '../../../kernel/index.ts';

/** How late a deadline may be noticed. */
const sweepMs = 100;

/** Something that must be over by a time. */
export interface Deadline {
  /** Monotonic milliseconds. */
  readonly at: number;
  /** Where it stands in the list; kept by the list. */
  place: number;
  expire(): void;
}

/** Deadlines of many short things under one timer: most are over long before, and a timer each costs more than reading a body. */
export interface Deadlines {
  readonly clock: Clock;
  add(deadline: Deadline): void;
  /** Also of one that expired already. */
  remove(deadline: Deadline): void;
  close(): void;
}

export const notListed = -1;

export function createDeadlines(clock: Clock): Deadlines {
  const listed: Deadline[] = [];
  const remove = (deadline: Deadline): void => {
    const { place } = deadline;
    if (place === notListed) return;
    deadline.place = notListed;
    const last = listed.pop();
    if (!last || last === deadline) return;
    listed[place] = last;
    last.place = place;
  };
  const sweep = setInterval(() => {
    const now = clock.elapsed();
    const due = listed.filter(({ at }) => at <= now);
    for (const deadline of due) {
      remove(deadline);
      deadline.expire();
    }
  }, sweepMs);
  sweep.unref();
  return {
    clock,
    add(deadline) {
      deadline.place = listed.length;
      listed.push(deadline);
    },
    remove,
    close: () => clearInterval(sweep),
  };
}
