import { asFault, type Clock, type Log } from '../../../kernel/index.ts';
import type { Entry } from '../../../record/index.ts';
import type { Outbox, Store } from '../../../store/index.ts';
import type { UsedSoFar } from '../bind.ts';
import { calendarWindow } from '../calendar.ts';
import type { UsageSums } from '../store.ts';
import type { Budget, BudgetsOf, UsedBy } from './budget.ts';
import { dropAlertsBefore, insertAlert } from './store.ts';

/**
 * Tells before a budget is used up (`budget.warned`, once for each share and window) and when it first stops a call (`budget.stopped`).
 * Each is one transaction of the store with its entry, so that no restart tells twice and no crash loses one.
 */
export interface BudgetWatch {
  /** Something was counted. */
  used(rows: readonly UsageSums[]): Promise<void>;
  /** Calls were refused; those a budget stopped name it. */
  refused(denials: readonly Entry[]): Promise<void>;
  /** Alerts given by this process, for metrics: of whom is in their entries. */
  given(): readonly GivenAlerts[];
}

export interface GivenAlerts extends Pick<Budget, 'scope' | 'measure' | 'per'> {
  readonly kind: BudgetAlert['kind'];
  readonly count: number;
}

export type CreateBudgetWatch = (used: UsedSoFar) => BudgetWatch;

export interface BudgetWatchOptions {
  readonly store: Store;
  readonly outbox: Outbox<Entry>;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  readonly budgetsOf: BudgetsOf;
}

interface BudgetAlert {
  readonly kind: 'budget.warned' | 'budget.stopped';
  readonly budget: Budget;
  readonly percent: number;
}

const stopPercent = 100;
/** Alerts of the month before are of no more use, and a clock may be a little off. */
const keptMs = 62 * 86_400_000;
/** What was told in this process, so that a call costs no look into the store. Forgetting it costs that look. */
const mostRemembered = 50_000;

export function createBudgetWatch(options: BudgetWatchOptions): CreateBudgetWatch {
  const { clock, budgetsOf } = options;
  const given = createGiven();
  const tell = createTelling(options, given.add);

  return (usedSoFar) => {
    /** Not yet looked at, because the store could not be written. */
    let waiting: readonly UsedBy[] = [];

    async function look(callers: readonly UsedBy[]): Promise<void> {
      const epochMs = clock.now();
      for (const budget of distinct(callers.flatMap(budgetsOf))) {
        if (budget.alerts.length === 0) continue;
        const { scope, subject, measure, per: window, amount } = budget;
        const used = usedSoFar({ scope, subject, measure, window, epochMs });
        for (const share of budget.alerts)
          if (used >= share * amount)
            await tell(
              { kind: 'budget.warned', budget, percent: Math.round(share * 100) },
              { used, epochMs },
            );
      }
    }

    return {
      given: given.list,
      async used(rows) {
        waiting = distinct([...waiting, ...rows.map(usedBy)]);
        await look(waiting);
        waiting = [];
      },
      async refused(denials) {
        for (const denial of denials) {
          const limit = denial.detail?.['limit'];
          if (typeof limit !== 'string') continue;
          const budget = budgetsOf(refusedBy(denial)).find((known) => nameOf(known) === limit);
          if (!budget) continue;
          const { scope, subject, measure, per: window } = budget;
          const epochMs = Date.parse(denial.at);
          const used = usedSoFar({ scope, subject, measure, window, epochMs });
          await tell({ kind: 'budget.stopped', budget, percent: stopPercent }, { used, epochMs });
        }
      },
    };
  };
}

function createGiven() {
  const counts = new Map<string, GivenAlerts>();
  return {
    add({ kind, budget: { scope, measure, per } }: BudgetAlert): void {
      const key = `${kind} ${scope} ${measure} ${per}`;
      counts.set(key, { kind, scope, measure, per, count: (counts.get(key)?.count ?? 0) + 1 });
    },
    list: (): readonly GivenAlerts[] => [...counts.values()],
  };
}

/** As limits are named in headers and denials: `team-cost-day`. */
function nameOf({ scope, measure, per }: Budget): string {
  return `${scope}-${measure}-${per}`;
}

function distinct<Item>(items: readonly Item[]): readonly Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

function usedBy({ key_id, role, team, route }: UsageSums): UsedBy {
  return { callerId: key_id, role, team, route };
}

function refusedBy({ actor = '', detail = {} }: Entry): UsedBy {
  const text = (name: string): string => {
    const value = detail[name];
    return typeof value === 'string' ? value : '';
  };
  return { callerId: actor, role: text('role'), team: text('team'), route: text('route') };
}

interface Measured {
  readonly used: number;
  readonly epochMs: number;
}

/** Gives an alert if it was not given before. */
function createTelling(options: BudgetWatchOptions, onAlert: (alert: BudgetAlert) => void) {
  const { store, outbox, log } = options;
  const told = new Set<string>();

  return async (alert: BudgetAlert, measured: Measured): Promise<void> => {
    const { scope, subject, measure, per, amount } = alert.budget;
    const { start } = calendarWindow(per, measured.epochMs);
    const { kind, percent } = alert;
    const row = { kind, scope, subject, measure, per, window_start: start, amount, percent };
    const key = JSON.stringify(row);
    if (told.has(key)) return;
    const entry = alertEntry(alert, { ...measured, start }, options);
    const isFirst = await store.db.transaction().execute(async (transaction) => {
      if (!(await insertAlert(transaction, row))) return false;
      await dropAlertsBefore(transaction, start - keptMs);
      await outbox.enqueue(transaction, entry);
      return true;
    });
    if (told.size >= mostRemembered) told.clear();
    told.add(key);
    if (!isFirst) return;
    onAlert(alert);
    log.warn(
      kind === 'budget.stopped' ? 'a budget is used up; calls are refused' : 'a budget is nearly used up',
      { scope, subject, measure, per, percent, used: measured.used, amount },
    );
    outbox
      .deliver(entry.id)
      .catch((thrown: unknown) =>
        log.warn('a budget alert waits to be recorded', { code: asFault(thrown).code }),
      );
  };
}

function alertEntry(
  { kind, budget, percent }: BudgetAlert,
  { used, start }: Measured & { start: number },
  { newId, clock }: BudgetWatchOptions,
): Entry {
  const { scope, subject, measure, per, amount } = budget;
  const unit = measure === 'cost' ? 'nano-usd' : measure;
  const from = new Date(start).toISOString();
  return {
    id: newId(),
    at: new Date(clock.now()).toISOString(),
    kind,
    actor: 'system',
    target: subject,
    outcome: 'succeeded',
    detail: { scope, measure, per, from, percent, amount, used, unit },
  };
}
