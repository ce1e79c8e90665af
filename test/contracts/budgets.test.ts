import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Budget, type BudgetsOf, createBudgetWatch, openUsage } from '../../src/enforce/limits/index.ts';
import { createUuidFactory, silentLog } from '../../src/kernel/index.ts';
import type { Entry, RecordedEntry, SubscribeOptions, SubscriberBatch } from '../../src/record/index.ts';
import { createOutbox, type Store } from '../../src/store/index.ts';
import { createManualClock, type ManualClock } from '../support/clock.ts';
import { handOver } from '../support/ledger.ts';
import { type EngineUnderTest, engines } from './engines.ts';

/** A ledger that hands entries to its subscriber, and takes those of the outbox. */
function createLedger() {
  const entries: RecordedEntry[] = [];
  const recorded: Entry[] = [];
  let handle: ((batch: readonly RecordedEntry[]) => Promise<void>) | undefined;
  return {
    recorded,
    target: {
      async append(entry: Entry) {
        recorded.push(entry);
      },
      holds: async (id: string) => recorded.some((entry) => entry.id === id),
    },
    subscribing: {
      async subscribe(_name: string, begin: () => SubscriberBatch, options?: SubscribeOptions) {
        handle = handOver(begin, options);
        await handle(entries);
        return { settled: async () => {}, close: async () => {} };
      },
    },
    async add(entry: Partial<Entry> & Pick<Entry, 'kind' | 'at'>) {
      const whole = { id: `id-${entries.length}`, outcome: 'succeeded', ...entry } as Entry;
      entries.push({ index: entries.length, signed: true, entry: whole });
      await handle?.(entries.slice(-1));
    },
  };
}

const detail = {
  role: 'developer',
  team: 'research',
  route: 'chat',
  model: 'a',
  inputTokens: 40,
  outputTokens: 0,
};

interface Started {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly ledger: ReturnType<typeof createLedger>;
  readonly budgetsOf: BudgetsOf;
}

async function start({ store, clock, ledger, budgetsOf }: Started) {
  const outbox = createOutbox({ store, target: ledger.target, log: silentLog, clock });
  const watchBudgets = createBudgetWatch({
    store,
    outbox,
    clock,
    log: silentLog,
    newId: createUuidFactory(clock),
    budgetsOf,
  });
  const usage = await openUsage({ store, ledger: ledger.subscribing, clock, watchBudgets });
  return {
    usage,
    alerts: async () => {
      // What is enqueued is delivered in order; an empty outbox has delivered all.
      while ((await outbox.waiting()) > 0) await new Promise((resolve) => setImmediate(resolve));
      return ledger.recorded.map(({ kind, target, detail: told }) => [
        kind,
        target,
        told?.['per'],
        told?.['percent'],
      ]);
    },
    close: () => outbox.close(),
  };
}

const team: Budget = {
  scope: 'team',
  subject: 'research',
  measure: 'tokens',
  per: 'day',
  amount: 100,
  alerts: [0.5, 0.8],
};

for (const startEngine of engines) {
  describe(`budgets on ${startEngine.name}`, () => {
    let engine: EngineUnderTest;
    before(async () => {
      engine = await startEngine();
    });
    after(() => engine.end());

    test('are warned of once for each share and window, also across restarts', async () => {
      const clock = createManualClock(Date.UTC(2026, 0, 31, 12));
      const ledger = createLedger();
      const store = await engine.openEmpty();
      const budgetsOf: BudgetsOf = (call) => (call.team === 'research' ? [team] : []);
      const running = await start({ store, clock, ledger, budgetsOf });
      const use = () =>
        ledger.add({
          kind: 'call.finished',
          at: new Date(clock.now()).toISOString(),
          actor: 'key_1',
          detail,
        });
      await use();
      assert.deepEqual(await running.alerts(), []);
      await use();
      const half = ['budget.warned', 'research', 'day', 50];
      const most = ['budget.warned', 'research', 'day', 80];
      assert.deepEqual(await running.alerts(), [half, most], 'both shares were passed by one call');
      await use();
      await running.close();
      await store.close();

      const again = await engine.reopen();
      const restarted = await start({ store: again, clock, ledger, budgetsOf });
      await use();
      assert.deepEqual(await restarted.alerts(), [half, most], 'a restart tells nothing twice');
      clock.advance(86_400_000);
      await use();
      await use();
      assert.deepEqual(await restarted.alerts(), [half, most, half, most], 'a new day is told anew');
      assert.deepEqual(restarted.usage.alertsGiven(), [
        { kind: 'budget.warned', scope: 'team', measure: 'tokens', per: 'day', count: 2 },
      ]);
      await restarted.close();
      await again.close();
    });

    test('that were passed when the process died are told by the next', async () => {
      const clock = createManualClock(Date.UTC(2026, 0, 31, 12));
      const ledger = createLedger();
      const store = await engine.openEmpty();
      // The calls are counted, and nobody looked at the budget: as if killed in between.
      const killed = await start({ store, clock, ledger, budgetsOf: () => [] });
      await ledger.add({
        kind: 'call.finished',
        at: new Date(clock.now()).toISOString(),
        actor: 'key_1',
        detail,
      });
      await ledger.add({
        kind: 'call.finished',
        at: new Date(clock.now()).toISOString(),
        actor: 'key_1',
        detail,
      });
      await killed.close();
      const next = await start({ store, clock, ledger, budgetsOf: () => [team] });
      assert.equal((await next.alerts()).length, 2);
      await next.close();
      await store.close();
    });

    test('that stop a call are told once, with the scope that stopped it', async () => {
      const clock = createManualClock(Date.UTC(2026, 0, 31, 12));
      const ledger = createLedger();
      const store = await engine.openEmpty();
      const key: Budget = { ...team, scope: 'key', subject: 'key_1' };
      const running = await start({ store, clock, ledger, budgetsOf: () => [key, team] });
      const refuse = (limit: string) =>
        ledger.add({
          kind: 'call.denied',
          at: new Date(clock.now()).toISOString(),
          actor: 'key_1',
          outcome: 'denied',
          reason: 'limit.tokens',
          detail: { ...detail, limit },
        });
      await refuse('team-tokens-day');
      await refuse('team-tokens-day');
      await refuse('team-tokens-min');
      await refuse('route-tokens-day');
      assert.deepEqual(await running.alerts(), [['budget.stopped', 'research', 'day', 100]]);
      await running.close();
      await store.close();
    });
  });
}
