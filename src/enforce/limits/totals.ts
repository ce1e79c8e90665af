import type { UsedQuestion } from './bind.ts';
import { callerSubject } from './limits.ts';
import type { Measure } from './meter-spec.ts';
import type { UsageSums } from './store.ts';

export const utcDay = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10);
export const utcMonth = (epochMs: number): string => utcDay(epochMs).slice(0, 7);

type Totals = Record<Measure, number>;

/** The sums of the present month in memory, by subject and day; months that are over are dropped. */
export function createTotals() {
  const bySubject = new Map<string, Map<string, Totals>>();
  let month = '';

  function addFor(subject: string, row: UsageSums): void {
    const days = bySubject.get(subject) ?? new Map<string, Totals>();
    bySubject.set(subject, days);
    const known = days.get(row.day) ?? { requests: 0, tokens: 0, cost: 0 };
    days.set(row.day, {
      requests: known.requests + row.requests,
      tokens: known.tokens + row.input_tokens + row.output_tokens,
      cost: known.cost + row.cost_nano_usd,
    });
  }

  return {
    add(rows: readonly UsageSums[], epochMs: number): void {
      if (utcMonth(epochMs) !== month) {
        month = utcMonth(epochMs);
        for (const [subject, days] of bySubject) {
          for (const day of days.keys()) if (!day.startsWith(month)) days.delete(day);
          if (days.size === 0) bySubject.delete(subject);
        }
      }
      for (const row of rows) {
        if (!row.day.startsWith(month)) continue;
        addFor(`key ${callerSubject(row.key_id, row.role)}`, row);
        addFor(`role ${row.role}`, row);
        if (row.team !== '') addFor(`team ${row.team}`, row);
        addFor(`route ${row.route}`, row);
      }
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
