import type { Clock } from '../../kernel/index.ts';
import type { Entry, EntryValue, Ledger, RecordedEntry } from '../../record/index.ts';
import type { Store } from '../../store/index.ts';
import type { UsedSoFar } from './bind.ts';
import type { BudgetWatch, CreateBudgetWatch, GivenAlerts } from './budgets/watch.ts';
import { readReport, type UsageQuery, type UsageReport } from './report/report.ts';
import { addUsage, type IndexedUsage, readUsageSince, type UsageSums } from './store.ts';
import { createTotals, utcMonth } from './totals.ts';

export interface UsageAccount {
  readonly usedSoFar: UsedSoFar;
  /** Sums by team, model, day and so on, a page at a time; includes every call that had ended when it was asked, unless it says otherwise. */
  report(query: UsageQuery): Promise<UsageReport>;
  /** Budget alerts given by this process. */
  alertsGiven(): readonly GivenAlerts[];
  close(): Promise<void>;
}

export interface UsageOptions {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'subscribe'>;
  readonly clock: Clock;
  /** Makes what watches budgets and tells before they are used up. */
  readonly watchBudgets?: CreateBudgetWatch;
}

/** A store that takes no batch must not leave an operator waiting for ever. */
const settleWithinMs = 5000;

function count(value: EntryValue | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function text(value: EntryValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** What one `call.finished` entry says was used. */
function usageOf({ actor, at, outcome, detail }: Entry): UsageSums {
  const isUnknown = outcome === 'unknown';
  return {
    day: at.slice(0, 10),
    key_id: actor ?? '',
    role: text(detail?.['role']),
    team: text(detail?.['team']),
    route: text(detail?.['route']),
    operation: text(detail?.['operation']),
    model: text(detail?.['model']),
    requests: 1,
    estimated: Number(detail?.['estimated'] === true && !isUnknown),
    unknown: Number(isUnknown),
    input_tokens: count(detail?.['inputTokens']),
    cached_input_tokens: count(detail?.['cachedInputTokens']),
    output_tokens: count(detail?.['outputTokens']),
    reasoning_tokens: count(detail?.['reasoningTokens']),
    cost_nano_usd: count(detail?.['costNanoUsd']),
  };
}

/**
 * Counts what calls used, from the ledger: `call.finished` entries become sums by UTC day in the table `usage`, each once. Resolves when
 * everything in the ledger at that moment is counted, so that limits opened after it know what was used before a restart.
 */
export async function openUsage({ store, ledger, clock, watchBudgets }: UsageOptions): Promise<UsageAccount> {
  const totals = createTotals();
  const before = await readUsageSince(store, `${utcMonth(clock.now())}-01`);
  totals.add(before, clock.now());
  const budgets: BudgetWatch | undefined = watchBudgets?.((question) => totals.used(question));
  // A crash between the counting of a call and the alert it calls for.
  await budgets?.used(before);

  async function handle(batch: readonly RecordedEntry[], next: number): Promise<void> {
    const finished = batch.flatMap(({ index, entry }): IndexedUsage[] =>
      entry.kind === 'call.finished' ? [{ index, usage: usageOf(entry) }] : [],
    );
    const added = await addUsage(store, finished, next);
    totals.add(added, clock.now());
    await budgets?.used(added);
    await budgets?.refused(batch.map(({ entry }) => entry).filter(({ kind }) => kind === 'call.denied'));
  }

  const subscription = await ledger.subscribe('usage', handle, { kinds: ['call.finished', 'call.denied'] });
  await subscription.settled();
  return {
    usedSoFar: (question) => totals.used(question),
    async report(query) {
      const complete = await Promise.race([
        subscription.settled().then(() => true),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(false), settleWithinMs).unref()),
      ]);
      return { ...(await readReport(store, query)), complete };
    },
    alertsGiven: () => budgets?.given() ?? [],
    close: () => subscription.close(),
  };
}
