import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import {
  openUsage,
  type UsageDimension,
  usageDimensions,
  type UsageReport,
} from '../../src/enforce/limits/index.ts';
import type { Entry, RecordedEntry, SubscribeOptions, SubscriberBatch } from '../../src/record/index.ts';
import type { Store } from '../../src/store/index.ts';
import { createManualClock } from '../support/clock.ts';
import { handOver } from '../support/ledger.ts';
import { type EngineUnderTest, engines } from './engines.ts';

const odd: fc.Arbitrary<string> = fc.constantFrom(
  '',
  'red',
  'blue',
  'Ä',
  '=1+1',
  'a"b',
  "x'; drop table usage; --",
  '\u202Egnp',
);
const calls = fc.record({
  day: fc.constantFrom<string>('2026-01-30', '2026-01-31', '2026-02-01'),
  actor: fc.constantFrom<string>('key_1', 'key_2', 'tok_1', 'public'),
  role: odd,
  team: odd,
  route: odd,
  operation: odd,
  model: odd,
  outcome: fc.constantFrom('succeeded', 'failed', 'unknown'),
  estimated: fc.boolean(),
  inputTokens: fc.nat({ max: 1_000_000 }),
  outputTokens: fc.nat({ max: 1_000_000 }),
  cachedInputTokens: fc.nat({ max: 100 }),
  reasoningTokens: fc.nat({ max: 100 }),
  costNanoUsd: fc.nat({ max: 5_000_000_000_000 }),
});
type Call = typeof calls extends fc.Arbitrary<infer Value> ? Value : never;

function entryOf({ day, actor, outcome, ...detail }: Call, index: number): RecordedEntry {
  const at = `${day}T12:00:00.000Z`;
  const entry: Entry = {
    id: `id-${index}`,
    at,
    kind: 'call.finished',
    actor,
    outcome,
    detail,
  };
  return { index, signed: true, entry };
}

function ledgerOf(entries: readonly RecordedEntry[]) {
  return {
    async subscribe(_name: string, begin: () => SubscriberBatch, options?: SubscribeOptions) {
      const handle = handOver(begin, options);
      // In batches, the last twice, as after a crash.
      const middle = Math.floor(entries.length / 2);
      await handle(entries.slice(0, middle));
      await handle(entries.slice(middle));
      await handle(entries.slice(middle));
      return { settled: async () => {}, close: async () => {} };
    },
  };
}

const valueOf = (call: Call, name: UsageDimension): string =>
  name === 'key' ? call.actor : name === 'month' ? call.day.slice(0, 7) : call[name];

/** The same sums, from the entries. */
function sumsOf(all: readonly Call[], by: readonly UsageDimension[]) {
  const sums = new Map<
    string,
    { requests: number; estimated: number; unknown: number; tokens: number; cost: bigint }
  >();
  for (const call of all) {
    const key = JSON.stringify(by.map((name) => valueOf(call, name)));
    const known = sums.get(key) ?? { requests: 0, estimated: 0, unknown: 0, tokens: 0, cost: 0n };
    sums.set(key, {
      requests: known.requests + 1,
      estimated: known.estimated + Number(call.estimated && call.outcome !== 'unknown'),
      unknown: known.unknown + Number(call.outcome === 'unknown'),
      tokens: known.tokens + call.inputTokens + call.outputTokens,
      cost: known.cost + BigInt(call.costNanoUsd),
    });
  }
  return sums;
}

const nanoOf = (usd: string): bigint => {
  const [whole = '0', fraction = ''] = usd.split('.');
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
};

for (const start of engines) {
  describe(`usage reports on ${start.name}`, () => {
    let engine: EngineUnderTest;
    before(async () => {
      engine = await start();
    });
    after(() => engine.end());

    async function open(
      all: readonly Call[],
    ): Promise<{ store: Store; usage: Awaited<ReturnType<typeof openUsage>> }> {
      const store = await engine.openEmpty();
      const clock = createManualClock(Date.UTC(2026, 1, 1));
      return { store, usage: await openUsage({ store, clock, ledger: ledgerOf(all.map(entryOf)) }) };
    }

    test('sum to what the ledger says, by every grouping, page by page', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(calls, { maxLength: 40 }),
          fc.array(fc.subarray([...usageDimensions]), { minLength: 1, maxLength: 6 }),
          fc.integer({ min: 1, max: 7 }),
          async (all, groupings, limit) => {
            const { store, usage } = await open(all);
            for (const by of groupings) {
              const found = new Map<string, UsageReport['groups'][number]>();
              let last: readonly string[] | undefined;
              for (;;) {
                const page = await usage.report({ by, where: {}, limit, after: last });
                for (const group of page.groups) {
                  assert.ok(!found.has(JSON.stringify(group.values)), 'a group stands on two pages');
                  found.set(JSON.stringify(group.values), group);
                }
                last = page.groups.at(-1)?.values;
                if (!page.more) break;
              }
              const expected = sumsOf(all, by);
              if (by.length > 0) assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort());
              for (const [key, sums] of expected) {
                const group = found.get(key);
                assert.ok(group, key);
                const { requests, estimated, unknown, inputTokens, outputTokens } = group;
                assert.deepEqual(
                  {
                    requests,
                    estimated,
                    unknown,
                    tokens: inputTokens + outputTokens,
                    cost: nanoOf(group.costUsd),
                  },
                  sums,
                );
              }
            }
            await store.close();
          },
        ),
        { numRuns: start.name === 'sqlite' ? 25 : 8 },
      );
    });

    test('hold only what is asked for, and nothing asked for is SQL', async () => {
      const call = (more: Partial<Call>): Call => ({
        day: '2026-01-31',
        actor: 'key_1',
        role: 'developer',
        team: 'red',
        route: 'chat',
        operation: 'chat.completions',
        model: 'a',
        outcome: 'succeeded',
        estimated: false,
        inputTokens: 1,
        outputTokens: 1,
        cachedInputTokens: 0,
        reasoningTokens: 0,
        costNanoUsd: 1,
        ...more,
      });
      const attack = "x' or '1'='1";
      const { store, usage } = await open([
        call({}),
        call({ team: 'blue' }),
        call({ day: '2026-02-01', team: attack }),
      ]);
      const requests = async (query: Partial<Parameters<typeof usage.report>[0]>) =>
        (await usage.report({ by: [], where: {}, limit: 10, ...query })).groups[0]?.requests;
      assert.equal(await requests({}), 3);
      assert.equal(await requests({ where: { team: 'red' } }), 1);
      assert.equal(await requests({ where: { team: attack } }), 1);
      assert.equal(await requests({ where: { team: "red' or '1'='1" } }), 0);
      assert.equal(await requests({ since: '2026-02-01' }), 1);
      assert.equal(await requests({ until: '2026-01-31' }), 2);
      assert.equal(await requests({ where: { month: '2026-02' } }), 1);
      await store.close();
    });

    test('the sums of before the upgrade stay', async () => {
      const store = await engine.openEmpty();
      const { schema } = store.db;
      await schema.dropTable('usage').execute();
      await schema.dropTable('budget_alerts').execute();
      const integer = engine.name === 'sqlite' ? 'integer' : 'bigint';
      const table = (['day', 'key_id', 'role', 'route', 'model'] as const).reduce(
        (built, name) => built.addColumn(name, 'text', (column) => column.notNull()),
        schema.createTable('usage'),
      );
      await (['requests', 'input_tokens', 'output_tokens', 'cost_nano_usd'] as const)
        .reduce((built, name) => built.addColumn(name, integer, (column) => column.notNull()), table)
        .execute();
      await sql`insert into usage values ('2026-01-31', 'key_1', 'developer', 'chat', 'a', 3, 30, 20, 500)`.execute(
        store.db,
      );
      await sql`delete from migrations where name = '0004-usage'`.execute(store.db);
      await store.close();

      const upgraded = await engine.reopen();
      const clock = createManualClock(Date.UTC(2026, 1, 1));
      const usage = await openUsage({ store: upgraded, clock, ledger: ledgerOf([]) });
      const { groups } = await usage.report({ by: ['key', 'team'], where: {}, limit: 5 });
      assert.deepEqual(
        groups.map(({ values, requests, inputTokens, costUsd }) => [values, requests, inputTokens, costUsd]),
        [[['key_1', ''], 3, 30, '0.0000005']],
      );
      await upgraded.close();
    });

    test('costs beyond what a number holds are exact', async () => {
      const all = Array.from({ length: 4 }, () => ({
        day: '2026-01-31',
        actor: 'key_1',
        costNanoUsd: Number.MAX_SAFE_INTEGER,
        model: 'a',
      })) as unknown as Call[];
      const { store, usage } = await open(all.map((call, index) => ({ ...call, model: String(index) })));
      const { groups } = await usage.report({ by: [], where: {}, limit: 1 });
      assert.equal(nanoOf(groups[0]?.costUsd ?? ''), BigInt(Number.MAX_SAFE_INTEGER) * 4n);
      await store.close();
    });
  });
}
