import type { Clock } from '../../kernel/index.ts';
import type { Ledger } from '../../record/index.ts';
import type { Store } from '../../store/index.ts';
import type { UsedSoFar } from './bind.ts';
import type { BudgetWatch, CreateBudgetWatch, GivenAlerts } from './budgets/watch.ts';
import { readReport, type UsageQuery, type UsageReport } from './report/report.ts';
import { readProgress, readUsageSince } from './store.ts';
import { createTotals, utcMonth } from './totals.ts';
import { beginUsageBatches } from './usage-batch.ts';

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
  /** Whom limits count a caller as: a rotated key as the key it replaced. */
  readonly limitsIdOf?: (callerId: string) => string;
  /** Makes what watches budgets and tells before they are used up. */
  readonly watchBudgets?: CreateBudgetWatch;
}

/** A store that takes no batch must not leave an operator waiting for ever. */
const settleWithinMs = 5000;

/**
 * Counts what calls used, from the ledger: `call.finished` entries become sums by UTC day in the table `usage`, each once. Resolves when
 * everything in the ledger at that moment is counted, so that limits opened after it know what was used before a restart.
 */
export async function openUsage(options: UsageOptions): Promise<UsageAccount> {
  const { store, ledger, clock, watchBudgets, limitsIdOf } = options;
  const totals = createTotals(limitsIdOf);
  const before = await readUsageSince(store, `${utcMonth(clock.now())}-01`);
  totals.add(before, clock.now());
  const budgets: BudgetWatch | undefined = watchBudgets?.((question) => totals.used(question));
  // A crash between the counting of a call and the alert it calls for.
  await budgets?.used(before);

  const begin = beginUsageBatches({
    store,
    counted: await readProgress(store),
    onAdded: (rows) => totals.add(rows, clock.now()),
    async watch(rows, denials) {
      await budgets?.used(rows);
      await budgets?.refused(denials);
    },
  });
  const subscription = await ledger.subscribe('usage', begin, { kinds: ['call.finished', 'call.denied'] });
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
