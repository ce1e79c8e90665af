import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createManualClock } from '../../../../test/support/clock.ts';
import { compileGatePolicy } from '../../../../test/support/gate-policy.ts';
import { createLimits, type Admission } from '../../limits/index.ts';
import type { Entry, RecordedEntry } from '../../../record/index.ts';
import { compileGate, type GateSnapshot } from '../snapshot/snapshot.ts';
import { limitDenial, subjectsOf } from '../steps/limit.ts';
import { createReplay } from './replay.ts';
import { addReplays } from './tally.ts';

const day = 86_400_000;
const minute = 60_000;
/** A quarter of an hour before midnight, so that days turn. */
const began = Date.UTC(2026, 0, 31, 23, 45);

interface Asked {
  /** Since the one before. */
  readonly afterMs: number;
  readonly takesMs: number;
  readonly key: string;
  readonly role: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** What it uses of what it may. */
  readonly share: number;
}

const policyOf = (limits: object, more: object = {}) =>
  compileGatePolicy({
    version: 1,
    gate: {
      upstreams: { echo: { builtin: 'echo' } },
      routes: [{ match: '/v1/**', wire: 'openai', models: { a: 'echo' }, ...more }],
    },
    identity: {
      roles: {
        one: { may: ['call /v1/**'], ...limits },
        two: { may: ['call /v1/**'], ...limits },
      },
      teams: { red: {} },
    },
    limits: { prices: { a: { input: '1 USD/M', output: '10 USD/M' } } },
  });

/** What the gate would do and record over these calls, with the limits of the policy asked as it asks them. */
function live(snapshot: GateSnapshot, calls: readonly Asked[]): Entry[] {
  const clock = createManualClock(began);
  const limits = createLimits({ clock, usedSoFar: () => 0 });
  const entries: Entry[] = [];
  const flying: { endsAt: number; end: () => void }[] = [];
  const route = snapshot.routes[0];
  assert.ok(route);
  const endUntil = (until: number): void => {
    for (;;) {
      const first = flying.toSorted((a, b) => a.endsAt - b.endsAt)[0];
      if (!first || first.endsAt > until) return;
      flying.splice(flying.indexOf(first), 1);
      clock.advance(Math.max(0, first.endsAt - clock.now()));
      first.end();
    }
  };
  for (const [index, call] of calls.entries()) {
    const at = clock.now() + call.afterMs;
    endUntil(at);
    clock.advance(at - clock.now());
    const { key, role, promptTokens, outputTokens } = call;
    const caller = { kind: 'key' as const, limitsId: key, team: undefined };
    const cost = (output: number) => snapshot.costOfNamed('a', { input: promptTokens, output });
    const admitted = limits.admit({
      subjects: subjectsOf({ caller, role, route, snapshot }),
      tokens: promptTokens + outputTokens,
      costNanoUsd: cost(outputTokens),
    });
    const detail = {
      route: route.name,
      operation: 'chat.completions',
      model: 'a',
      role,
      promptTokens,
      outputTokens,
    };
    const common = { at: iso(clock.now()), actor: key, policy: snapshot.digest, detail };
    if (!admitted.ok) {
      const { fault } = limitDenial(admitted, route);
      const refused = { ...detail, limit: admitted.limit };
      entries.push({
        ...common,
        id: `no${index}`,
        kind: 'call.denied',
        outcome: 'denied',
        reason: fault.code,
        detail: refused,
      });
      continue;
    }
    entries.push({ ...common, id: `call${index}`, kind: 'call.decided', outcome: 'allowed' });
    const output = Math.round(outputTokens * call.share);
    const end = (admission: Admission) => (): void => {
      admission.settle({ tokens: promptTokens + output, costNanoUsd: cost(output) });
      const used = { ...detail, decision: `call${index}`, inputTokens: promptTokens, outputTokens: output };
      entries.push({
        ...common,
        at: iso(clock.now()),
        id: `end${index}`,
        kind: 'call.finished',
        outcome: 'succeeded',
        detail: used,
      });
    };
    flying.push({ endsAt: clock.now() + call.takesMs, end: end(admitted) });
  }
  endUntil(Number.POSITIVE_INFINITY);
  return entries;
}

const iso = (ms: number): string => new Date(ms).toISOString();

function ledgerOf(entries: readonly Entry[], firstIndex = 0) {
  return {
    status: { size: entries.length } as never,
    async *search(query: {
      from?: number;
      limit?: number;
      since?: number;
      until?: number;
    }): AsyncIterable<RecordedEntry> {
      let left = query.limit ?? Number.POSITIVE_INFINITY;
      for (const [offset, entry] of entries.entries()) {
        const [index, at] = [offset + firstIndex, Date.parse(entry.at)];
        if (index < (query.from ?? 0) || at < (query.since ?? 0) || at >= (query.until ?? Infinity)) continue;
        if (left-- > 0) yield { index, entry, signed: true };
      }
    },
  };
}

interface Replaying {
  readonly past: GateSnapshot;
  readonly candidate: GateSnapshot;
  readonly since?: number;
  readonly firstIndex?: number;
}

const begin = (entries: readonly Entry[], { past, candidate, since = began, firstIndex = 0 }: Replaying) =>
  createReplay({
    ledger: ledgerOf(entries, firstIndex),
    candidate,
    inForce: past,
    policyOf: async (digest) => (digest === past.digest ? past : undefined),
    since,
    until: began + 60 * day,
  });
const replay = (entries: readonly Entry[], how: Replaying) => begin(entries, how).page(1_000_000);
const named = (counts: readonly { name: string; calls: number }[]) =>
  counts.map(({ name, calls }) => `${name} ${calls}`);

const rates = {
  requests: fc.constantFrom(undefined, ['2/s'], ['5/min'], ['20/h', '3/min'], ['12/day'], ['30/month']),
  tokens: fc.constantFrom(undefined, ['500/min'], ['2k/h', '9k/day'], ['20k/month']),
  cost: fc.constantFrom(undefined, ['0.01 USD/day'], ['0.002 USD/min']),
};
const limitSets = fc
  .record({ ...rates, concurrency: fc.constantFrom(undefined, 1, 3) })
  .map((set) => Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)));
const policies = fc.record({ limits: limitSets, shared: limitSets, route: fc.option(limitSets) });
type Limits = typeof policies extends fc.Arbitrary<infer Value> ? Value : never;
const compiled = ({ route, ...role }: Limits) => policyOf(role, route ? { limits: route } : {});
const asked: fc.Arbitrary<Asked> = fc.record({
  afterMs: fc.constantFrom(0, 0, 1, 7, 300, 12_000, 61_000),
  takesMs: fc.constantFrom(0, 1, 9, 250, 30_000),
  key: fc.constantFrom('key_1', 'key_2'),
  role: fc.constantFrom('one', 'two'),
  promptTokens: fc.integer({ min: 1, max: 300 }),
  outputTokens: fc.constantFrom(1, 100, 1024),
  share: fc.constantFrom(0, 0.5, 1, 1.5),
});

/** How many calls of whom, by which limit. */
function counted(groups: readonly (readonly [who: unknown, calls: number])[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [who, calls] of groups) sums[JSON.stringify(who)] = (sums[JSON.stringify(who)] ?? 0) + calls;
  return sums;
}

const call: Asked = {
  afterMs: 1000,
  takesMs: 100,
  key: 'key_1',
  role: 'one',
  promptTokens: 100,
  outputTokens: 100,
  share: 0.5,
};
const series = (length: number, more: Partial<Asked> = {}) =>
  Array.from({ length }, () => ({ ...call, ...more }));

describe('limits in a replay', () => {
  it('of the limits in force over what they let through refuse nobody, and let nobody in', async () => {
    let [told, denied] = [0, 0];
    await fc.assert(
      fc.asyncProperty(policies, fc.array(asked, { maxLength: 80 }), async (limits, calls) => {
        const past = compiled(limits);
        const entries = live(past, calls);
        // The same limits in other words: else the digest alone would answer.
        const result = await replay(entries, { past, candidate: compileGate(past.policy, 'another') });
        assert.deepEqual(result.newlyRefused, [], JSON.stringify({ entries, result }));
        assert.deepEqual(result.newlyAllowed, [], JSON.stringify({ entries, result }));
        told += result.stillAllowed + result.stillRefused;
        denied += result.stillRefused;
      }),
      { numRuns: 400 },
    );
    assert.ok(denied > 100, `only ${denied} of ${told} were refused`);
  });

  it('newly refuse just what the gate would have refused of these calls', async () => {
    let refused = 0;
    // No end and no beginning within a moment of each other, and no rate that drips by fractions of it: nothing is at an edge.
    const apart = fc.record({
      key: asked.map(({ key }) => key),
      role: asked.map(({ role }) => role),
      promptTokens: fc.integer({ min: 1, max: 300 }),
      outputTokens: fc.constantFrom(1, 100, 1024),
      share: fc.constantFrom(0, 0.5, 1, 1.5),
      afterMs: fc.constantFrom(300, 12_000, 61_000),
      takesMs: fc.constantFrom(120, 30_050),
    });
    const exact = fc.record({
      requests: rates.requests,
      tokens: fc.constantFrom(['2k/day'], ['9k/day', '20k/month']),
      cost: fc.constantFrom(['0.01 USD/day'], ['0.03 USD/month']),
      concurrency: fc.constantFrom(1, 3, 20),
    });
    const sets = exact.map((set) => Object.fromEntries(Object.entries(set).filter(([, value]) => value)));
    await fc.assert(
      fc.asyncProperty(sets, sets, fc.array(apart, { maxLength: 60 }), async (limits, shared, calls) => {
        const candidate = policyOf({ limits, shared });
        const past = policyOf({});
        const { newlyRefused, stillAllowed, notJudged } = await replay(live(past, calls), {
          past,
          candidate,
        });
        const denied = live(candidate, calls).filter(({ kind }) => kind === 'call.denied');
        assert.deepEqual(
          counted(
            newlyRefused.map((group) => [
              [group.principal, group.roles[0], group.reason, group.limit],
              group.calls,
            ]),
          ),
          counted(
            denied.map(({ actor, reason, detail }) => [
              [actor, detail?.['role'], reason, detail?.['limit']],
              1,
            ]),
          ),
        );
        assert.equal(stillAllowed, calls.length - denied.length);
        assert.deepEqual(notJudged, []);
        refused += denied.length;
      }),
      { numRuns: 300 },
    );
    assert.ok(refused > 100, `only ${refused} were refused`);
  });

  it('name the limit, and count by the recorded use and not by what was reserved', async () => {
    const past = policyOf({});
    // 100 + 50 tokens each, of 200 reserved: by use the seventh is the first over a thousand.
    const entries = live(past, series(10));
    const candidate = policyOf({ limits: { tokens: '1000/day' } });
    const { newlyRefused, stillAllowed } = await replay(entries, { past, candidate });
    const [group] = newlyRefused;
    assert.deepEqual([group?.reason, group?.limit, group?.calls], ['limit.tokens', 'key-tokens-day', 4]);
    assert.deepEqual([group?.principal, group?.examples[0], stillAllowed], ['key_1', 'call6', 6]);
  });

  it('turn at midnight in UTC, and roll for minutes', async () => {
    const past = policyOf({});
    const entries = live(past, series(30, { afterMs: minute }));
    const daily = await replay(entries, { past, candidate: policyOf({ limits: { requests: '10/day' } }) });
    // 14 before midnight and 16 from past on, ten of each let through.
    assert.equal(daily.newlyRefused[0]?.calls, 10);
    assert.equal(daily.newlyRefused[0]?.limit, 'key-requests-day');
    const rolling = await replay(entries, { past, candidate: policyOf({ limits: { requests: '1/min' } }) });
    assert.deepEqual(rolling.newlyRefused, []);
    assert.deepEqual(rolling.notJudged, []);
  });

  it('count calls at once by their recorded beginning and end', async () => {
    const past = policyOf({});
    const entries = live(past, series(5, { afterMs: 100, takesMs: 250 }));
    const candidate = policyOf({ limits: { concurrency: 2 } });
    const { newlyRefused } = await replay(entries, { past, candidate });
    assert.deepEqual(newlyRefused[0]?.examples, ['call2']);
    // 200 ms after the first the third finds two; the fourth, at 300, finds one, and the fifth two that end at 450 and 550.
    assert.deepEqual([newlyRefused[0]?.reason, newlyRefused[0]?.calls], ['limit.concurrency', 1]);
  });

  it('let through what was refused only as far as a wider limit goes', async () => {
    const past = policyOf({ limits: { requests: '2/h' } });
    const entries = live(past, series(10));
    const candidate = policyOf({ limits: { requests: '5/h' } });
    const { newlyAllowed, newlyRefused, stillAllowed, stillRefused, notReplayed } = await replay(entries, {
      past,
      candidate,
    });
    assert.deepEqual([newlyAllowed[0]?.reason, newlyAllowed[0]?.limit], ['limit.requests', 'key-requests-h']);
    assert.deepEqual([newlyAllowed[0]?.calls, stillAllowed, stillRefused], [3, 2, 5]);
    assert.deepEqual([newlyRefused, notReplayed], [[], []]);
  });

  it('say that they cannot tell where a refused call would have used what is not recorded', async () => {
    const past = policyOf({ limits: { requests: '2/h' } });
    const entries = live(past, series(10));
    const candidate = policyOf({ limits: { requests: '100/h', tokens: '100k/h' } });
    const { newlyAllowed, notReplayed } = await replay(entries, { past, candidate });
    // The first fits, whatever it would have used; the others may not.
    assert.equal(newlyAllowed[0]?.calls, 1);
    assert.deepEqual(named(notReplayed), ['limit-not-known 7']);
    // Entries of older versions do not tell what a refused call asked for.
    const older = entries.map(
      ({ detail: { promptTokens: _p, outputTokens: _o, ...detail } = {}, ...entry }) => ({
        ...entry,
        detail,
      }),
    );
    const asBefore = await replay(older, { past, candidate });
    assert.deepEqual(asBefore.newlyAllowed, []);
    assert.deepEqual(named(asBefore.notReplayed), ['limit-not-known 8']);
  });

  it('say of a call let through that more than the record tells may count against it', async () => {
    const past = policyOf({});
    const [first, ...others] = live(past, series(6, { takesMs: 0 }));
    assert.ok(first);
    const unknown: Entry = { ...first, policy: 'f'.repeat(64), actor: 'key_9' };
    const candidate = policyOf({ limits: { requests: '100/min' }, shared: { requests: '1000/min' } });
    const shared = await replay([unknown, ...others], { past, candidate });
    assert.deepEqual(named(shared.notReplayed), ['policy-not-kept 1']);
    assert.deepEqual(named(shared.notJudged), ['limits 5']);
    assert.equal(shared.stillAllowed, 5);
    const own = policyOf({ limits: { requests: '100/min' } });
    assert.deepEqual((await replay([unknown, ...others], { past, candidate: own })).notJudged, []);
    const minutesLater = live(past, series(1, { afterMs: 2 * minute * 60 }));
    const later = await replay([unknown, ...minutesLater], { past, candidate });
    assert.deepEqual(later.notJudged, [], 'what is long over counts no more');
  });

  it('count what lies before the span, and say where it is no longer there', async () => {
    const past = policyOf({});
    const entries = live(past, series(10));
    const since = began + 5500;
    const candidate = policyOf({ limits: { requests: '6/h' } });
    const found = await replay(entries, { past, candidate, since });
    assert.deepEqual([found.calls, found.stillAllowed, found.newlyRefused[0]?.calls], [5, 1, 4]);
    assert.equal(found.pruned, false);
    const kept = entries.filter(({ at }) => Date.parse(at) >= since);
    const pruned = await replay(kept, { past, candidate, since: since - 1, firstIndex: 512 });
    assert.deepEqual([pruned.newlyRefused, named(pruned.notJudged), pruned.pruned], [[], ['limits 5'], true]);
  });

  it('begin anew with the server for minutes, and not for days', async () => {
    const past = policyOf({});
    const entries = live(past, series(6));
    const started: Entry = {
      id: 's',
      at: entries[5]?.at ?? '',
      kind: 'system.started',
      outcome: 'succeeded',
    };
    const restarted = [...entries.slice(0, 6), started, ...entries.slice(6)];
    const count = async (requests: string) =>
      (await replay(restarted, { past, candidate: policyOf({ limits: { requests } }) })).newlyRefused[0]
        ?.calls;
    assert.equal(await count('3/h'), undefined);
    assert.equal(await count('3/day'), 3);
  });

  it('change nothing on a route that only observes', async () => {
    const past = policyOf({});
    const entries = live(past, series(6));
    const candidate = policyOf({ limits: { requests: '1/day' } }, { observe: true });
    const { newlyRefused, stillAllowed } = await replay(entries, { past, candidate });
    assert.deepEqual([newlyRefused, stillAllowed], [[], 6]);
  });

  it('are not sure of anything for a while where the clock of the day was set back', async () => {
    const past = policyOf({});
    const entries = live(past, series(20, { afterMs: 2 * minute })).map((entry, index) =>
      index < 10 ? entry : { ...entry, at: iso(Date.parse(entry.at) - 12 * minute) },
    );
    const candidate = policyOf({ limits: { requests: '1/min' } });
    const { newlyRefused, stillAllowed, notJudged } = await replay(entries, { past, candidate });
    assert.deepEqual([newlyRefused, stillAllowed], [[], 20]);
    // An hour, as a call may be as long.
    assert.deepEqual(named(notJudged), ['limits 15']);
  });

  it('add up page by page', async () => {
    const past = policyOf({});
    const entries = live(past, series(40, { afterMs: 3, takesMs: 20 }));
    const candidate = policyOf({ limits: { requests: '25/min', concurrency: 2 } });
    const {
      firstAt: _f,
      pruned: _p,
      next: _n,
      size: _s,
      ...whole
    } = await replay(entries, { past, candidate });
    const paged = begin(entries, { past, candidate });
    const pages = [];
    do pages.push(await paged.page(7));
    while (pages.at(-1)?.next !== undefined);
    assert.deepEqual(addReplays(pages), whole);
    assert.ok(pages.length > 10 && whole.newlyRefused.length > 0);
  });
});
