import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createLimits, type LimitSet, type LimitSubject, openUsage } from '../../src/enforce/limits/index.ts';
import { beginUsageBatches } from '../../src/enforce/limits/usage-batch.ts';
import { noLimits } from '../../src/enforce/limits/limit-set.ts';
import { createManualClock, type ManualClock } from '../support/clock.ts';
import { handOver } from '../support/ledger.ts';
import type { Ledger, RecordedEntry } from '../../src/record/index.ts';
import type { Store } from '../../src/store/index.ts';
import { type EngineUnderTest, engines } from './engines.ts';

/** A ledger that hands its entries over from the first one at every start: as at-least-once as can be. */
function createTestLedger(clock: ManualClock) {
  const entries: RecordedEntry[] = [];
  let handle: ((batch: readonly RecordedEntry[]) => Promise<void>) | undefined;
  const subscribing: Pick<Ledger, 'subscribe'> = {
    async subscribe(_name, begin, options) {
      const hand = handOver(begin, options);
      handle = hand;
      return { settled: () => hand([...entries]), close: async () => {} };
    },
  };
  return {
    subscribing,
    async add(kind: string, detail: Record<string, string | number> = {}, actor = 'key_1') {
      const id = `018bcfe5-687b-7000-8000-${String(entries.length).padStart(12, '0')}`;
      const at = new Date(clock.now()).toISOString();
      const entry = { id, at, kind, actor, outcome: 'succeeded', detail } as const;
      entries.push({ index: entries.length, signed: true, entry });
      await handle?.(entries.slice(-2));
    },
  };
}

const call = {
  role: 'developer',
  team: 'research',
  route: 'chat',
  operation: 'chat.completions',
  model: 'gpt-5-mini',
  inputTokens: 100,
  outputTokens: 50,
  costNanoUsd: 700,
};

async function startLimits(store: Store, ledger: Pick<Ledger, 'subscribe'>, clock: ManualClock) {
  const usage = await openUsage({ store, ledger, clock });
  const limits = createLimits({ clock, usedSoFar: usage.usedSoFar });
  const fits = (subject: LimitSubject, tokens: number, costNanoUsd = 0) => {
    const result = limits.admit({ subjects: [subject], tokens, costNanoUsd });
    if (result.ok) result.settle({ tokens: 0, costNanoUsd: 0 });
    return result.ok;
  };
  return { usage, fits };
}

const subject = (scope: LimitSubject['scope'], name: string, limits: Partial<LimitSet>): LimitSubject => ({
  scope,
  subject: name,
  limits: { ...noLimits, ...limits },
});

for (const start of engines) {
  describe(`usage on ${start.name}`, () => {
    let engine: EngineUnderTest;
    before(async () => {
      engine = await start();
    });
    after(() => engine.end());

    test('a restart does not refill a daily or monthly budget, of a key, a role, a team or a route', async () => {
      const clock = createManualClock(Date.UTC(2026, 0, 30, 12));
      const ledger = createTestLedger(clock);
      const store = await engine.openEmpty();
      await startLimits(store, ledger.subscribing, clock);
      await ledger.add('call.finished', call);
      clock.advance(86_400_000);
      await ledger.add('call.finished', call);
      await ledger.add('call.finished', { ...call, model: 'llama-4' });
      await store.close();

      const again = await engine.reopen();
      const { fits } = await startLimits(again, ledger.subscribing, clock);
      const names = { key: 'key_1', role: 'developer', team: 'research', route: 'chat' } as const;
      for (const scope of ['key', 'role', 'team', 'route'] as const) {
        const daily = subject(scope, names[scope], { tokens: [{ amount: 400, per: 'day' }] });
        assert.ok(!fits(daily, 101), scope);
        assert.ok(fits(daily, 100), scope);
        const monthly = subject(scope, names[scope], { cost: [{ amount: 2500, per: 'month' }] });
        assert.ok(!fits(monthly, 0, 401), scope);
        assert.ok(fits(monthly, 0, 400), scope);
        const requests = subject(scope, names[scope], { requests: [{ amount: 2, per: 'day' }] });
        assert.ok(!fits(requests, 0), scope);
        assert.ok(fits(subject(scope, 'another', { tokens: [{ amount: 400, per: 'day' }] }), 400), scope);
      }
      await again.close();
    });

    test('an entry handed over twice is counted once', async () => {
      const clock = createManualClock();
      const ledger = createTestLedger(clock);
      const store = await engine.openEmpty();
      await startLimits(store, ledger.subscribing, clock);
      for (let index = 0; index < 5; index++) await ledger.add('call.finished', call);
      await startLimits(store, ledger.subscribing, clock);
      const rows = await store.db.selectFrom('usage').selectAll().execute();
      assert.deepEqual(rows, [
        {
          day: '2026-01-01',
          key_id: 'key_1',
          role: 'developer',
          team: 'research',
          route: 'chat',
          operation: 'chat.completions',
          model: 'gpt-5-mini',
          requests: 5,
          estimated: 0,
          unknown: 0,
          input_tokens: 500,
          cached_input_tokens: 0,
          output_tokens: 250,
          reasoning_tokens: 0,
          cost_nano_usd: 3500,
        },
      ]);
      await store.close();
    });

    test('a batch committed again is counted once, and what is counted already is not taken', async () => {
      const store = await engine.openEmpty();
      const added: number[] = [];
      const entryOf = (index: number): RecordedEntry => ({
        index,
        signed: true,
        entry: {
          id: '',
          at: '2026-01-01T00:00:00Z',
          kind: 'call.finished',
          outcome: 'succeeded',
          detail: call,
        },
      });
      const begin = beginUsageBatches({
        store,
        counted: 2,
        onAdded: (rows) => void added.push(rows.reduce((sum, { requests }) => sum + requests, 0)),
        watch: async () => {},
      });
      for (const [first, last] of [
        [0, 4],
        [3, 6],
      ] as const) {
        const batch = begin();
        for (let index = first; index <= last; index++) batch.take(entryOf(index));
        await batch.commit(last + 1);
        await batch.commit(last + 1);
      }
      const rows = await store.db.selectFrom('usage').select('requests').execute();
      assert.deepEqual([rows, added], [[{ requests: 5 }], [3, 2]]);
      await store.close();
    });

    test('other entries and figures that are no counts add nothing', async () => {
      const clock = createManualClock();
      const ledger = createTestLedger(clock);
      const store = await engine.openEmpty();
      await startLimits(store, ledger.subscribing, clock);
      await ledger.add('call.decided', call);
      await ledger.add('call.finished', { ...call, inputTokens: -7, outputTokens: 0.5, costNanoUsd: 'much' });
      const rows = await store.db.selectFrom('usage').selectAll().execute();
      assert.deepEqual(
        rows.map(({ requests, input_tokens, output_tokens, cost_nano_usd }) => [
          requests,
          input_tokens,
          output_tokens,
          cost_nano_usd,
        ]),
        [[1, 0, 0, 0]],
      );
      await store.close();
    });

    test('the month that is over no longer counts', async () => {
      const clock = createManualClock(Date.UTC(2026, 0, 31, 23));
      const ledger = createTestLedger(clock);
      const store = await engine.openEmpty();
      const { usage } = await startLimits(store, ledger.subscribing, clock);
      await ledger.add('call.finished', call);
      const used = () =>
        usage.usedSoFar({
          scope: 'key',
          subject: 'key_1',
          measure: 'tokens',
          window: 'month',
          epochMs: clock.now(),
        });
      assert.equal(used(), 150);
      clock.advance(3_600_000);
      assert.equal(used(), 0);
      await ledger.add('call.finished', call);
      assert.equal(used(), 150);
      await store.close();
    });
  });
}
