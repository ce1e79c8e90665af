import type { Clock } from '../../kernel/index.ts';
import type { Entry, EntryValue, Ledger, RecordedEntry } from '../../record/index.ts';
import type { Store } from '../../store/index.ts';
import type { UsedQuestion, UsedSoFar } from './bind.ts';
import { callerSubject } from './limits.ts';
import type { Measure } from './meter-spec.ts';
import { addUsage, type IndexedUsage, readUsageSince, type UsageSums } from './store.ts';

export interface UsageAccount {
  readonly usedSoFar: UsedSoFar;
  close(): Promise<void>;
}

export interface UsageOptions {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'subscribe'>;
  readonly clock: Clock;
}

const utcDay = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10);
const utcMonth = (epochMs: number): string => utcDay(epochMs).slice(0, 7);

function count(value: EntryValue | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function text(value: EntryValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** What one `call.finished` entry says was used. */
function usageOf({ actor, at, detail }: Entry): UsageSums {
  return {
    day: at.slice(0, 10),
    key_id: actor ?? '',
    role: text(detail?.['role']),
    route: text(detail?.['route']),
    model: text(detail?.['model']),
    requests: 1,
    input_tokens: count(detail?.['inputTokens']),
    output_tokens: count(detail?.['outputTokens']),
    cost_nano_usd: count(detail?.['costNanoUsd']),
  };
}

type Totals = Record<Measure, number>;

/** The sums of the present month in memory, by subject and day; months that are over are dropped. */
function createTotals() {
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

/**
 * Counts what calls used, from the ledger: `call.finished` entries become sums by UTC day in the table `usage`, each once. Resolves when
 * everything in the ledger at that moment is counted, so that limits opened after it know what was used before a restart.
 */
export async function openUsage({ store, ledger, clock }: UsageOptions): Promise<UsageAccount> {
  const totals = createTotals();
  totals.add(await readUsageSince(store, `${utcMonth(clock.now())}-01`), clock.now());

  async function handle(batch: readonly RecordedEntry[], next: number): Promise<void> {
    const finished = batch.map(({ index, entry }): IndexedUsage => ({ index, usage: usageOf(entry) }));
    totals.add(await addUsage(store, finished, next), clock.now());
  }

  const subscription = await ledger.subscribe('usage', handle, { kinds: ['call.finished'] });
  await subscription.settled();
  return { usedSoFar: (question) => totals.used(question), close: () => subscription.close() };
}
