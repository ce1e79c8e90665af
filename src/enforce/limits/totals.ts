import type { UsedQuestion } from './bind.ts';
import { callerSubject } from './limits.ts';
import type { Measure } from './meter-spec.ts';
import type { UsageSums } from './store.ts';

export const utcDay = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10);
export const utcMonth = (epochMs: number): string => utcDay(epochMs).slice(0, 7);

type Totals = Record<Measure, number>;

/** Sums by subject and day of the latest month added to; months before it are dropped. */
export function createDayTotals() {
  const bySubject = new Map<string, Map<string, Totals>>();
  let month = '';

  function turn(to: string): void {
    month = to;
    for (const [subject, days] of bySubject) {
      for (const day of days.keys()) if (!day.startsWith(month)) days.delete(day);
      if (days.size === 0) bySubject.delete(subject);
    }
  }

  return {
    turn,
    /** `subject` is scope and subject: `team research`. */
    add(subject: string, day: string, { requests, tokens, cost }: Totals): void {
      if (!day.startsWith(month)) turn(day.slice(0, 7));
      const days = bySubject.get(subject) ?? new Map<string, Totals>();
      bySubject.set(subject, days);
      const known = days.get(day);
      if (!known) return void days.set(day, { requests, tokens, cost });
      known.requests += requests;
      known.tokens += tokens;
      known.cost += cost;
    },
    used({ scope, subject, measure, window, epochMs }: UsedQuestion): number {
      const wanted = window === 'day' ? utcDay(epochMs) : utcMonth(epochMs);
      let used = 0;
      for (const [day, totals] of bySubject.get(`${scope} ${subject}`) ?? []) {
        if (day.startsWith(wanted)) used += totals[measure];
      }
      return used;
    },
  };
}

/**
 * The sums of the present month in memory; what belongs to another is passed over. A clock that stands before the latest day that was counted gives that day's
 * use too: started on a machine whose clock was set back, nobody gets the rest of an earlier day. `limitsIdOf`: whom limits count a caller as.
 */
export function createTotals(limitsIdOf: (callerId: string) => string = (id) => id) {
  const totals = createDayTotals();
  let month = '';
  let latestDay = '';

  function addRow(row: UsageSums): void {
    const sums = {
      requests: row.requests,
      tokens: row.input_tokens + row.output_tokens,
      cost: row.cost_nano_usd,
    };
    if (row.day > latestDay) latestDay = row.day;
    totals.add(`key ${callerSubject(limitsIdOf(row.key_id), row.role)}`, row.day, sums);
    totals.add(`role ${row.role}`, row.day, sums);
    if (row.team !== '') totals.add(`team ${row.team}`, row.day, sums);
    totals.add(`route ${row.route}`, row.day, sums);
  }

  return {
    add(rows: readonly UsageSums[], epochMs: number): void {
      if (utcMonth(epochMs) !== month) {
        month = utcMonth(epochMs);
        totals.turn(month);
      }
      for (const row of rows) if (row.day.startsWith(month)) addRow(row);
    },
    used(question: UsedQuestion): number {
      const used = totals.used(question);
      if (utcDay(question.epochMs) >= latestDay) return used;
      return Math.max(used, totals.used({ ...question, epochMs: Date.parse(latestDay) }));
    },
  };
}
