import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileGatePolicy } from '../../../../test/support/gate-policy.ts';
import type { Entry, RecordedEntry } from '../../../record/index.ts';
import { Denied } from '../denied.ts';
import { repeatsPrefix } from '../snapshot/routes.ts';
import { compileGate, type GateSnapshot } from '../snapshot/snapshot.ts';
import type { Caller } from '../states.ts';
import { authorize } from '../steps/authorize.ts';
import { createReplay } from './replay.ts';
import { addReplays } from './tally.ts';

const day = 86_400_000;
const began = Date.UTC(2026, 0, 1);

const servers = [
  '/v1/**',
  '/claude/**',
  '/azure/**',
  '/t/*/v1/**',
  '/agents/**',
  '/agents/admin/**',
] as const;
const wireOf: Record<(typeof servers)[number], string> = {
  '/v1/**': 'openai',
  '/claude/**': 'anthropic',
  '/azure/**': 'azure',
  '/t/*/v1/**': 'openai',
  '/agents/**': 'generic',
  '/agents/admin/**': 'generic',
};
const calls: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/v1/chat/completions'],
  ['GET', '/v1/models'],
  ['POST', '/v1/v1/chat/completions'],
  ['POST', '/claude/v1/messages'],
  ['POST', '/azure/openai/deployments/a/chat/completions'],
  ['POST', '/azure/openai/deployments/llama:8b/embeddings'],
  ['POST', '/t/one/v1/chat/completions'],
  ['POST', '/t/two/v1/embeddings'],
  ['POST', '/agents'],
  ['POST', '/agents/run/now'],
  ['GET', '/agents/admin'],
  ['GET', '/agents/admin/keys'],
];
const modelNames = ['a', 'b', 'llama:8b'];

const resource = fc.constantFrom(
  '/**',
  '/v1/**',
  '/v1/*',
  '/v1/chat/completions',
  '/claude/**',
  '/azure/openai/deployments/a/**',
  '/azure/openai/deployments/llama:8b/**',
  '/t/one/v1/**',
  '/t/*/v1/**',
  '/agents/**',
  '/agents/run/**',
  '/agents/admin/**',
);
const role = fc.record({
  may: fc
    .uniqueArray(resource, { minLength: 1, maxLength: 3 })
    .map((paths) => paths.map((path) => `call ${path}`)),
  models: fc.subarray([...modelNames, '*'], { minLength: 1 }),
});
const route = fc.record({
  match: fc.constantFrom(...servers),
  observe: fc.boolean(),
  public: fc.boolean(),
  models: fc.subarray([...modelNames, '*'], { minLength: 1 }),
});
const policies = fc
  .record({
    roles: fc.dictionary(fc.constantFrom('one', 'two', 'three'), role, { minKeys: 1 }),
    teams: fc.subarray(['red', 'blue']),
    routes: fc.uniqueArray(route, { minLength: 1, selector: ({ match }) => match }),
  })
  .map(({ roles, teams, routes }) =>
    compileGatePolicy({
      version: 1,
      gate: {
        upstreams: { echo: { builtin: 'echo' } },
        routes: routes.map(({ match, observe, public: open, models }) => ({
          match,
          wire: wireOf[match],
          ...(observe && { observe }),
          ...(open && { public: open }),
          ...(wireOf[match] === 'generic'
            ? { to: 'https://agents.example.com' }
            : { models: Object.fromEntries(models.map((model) => [model, 'echo'])) }),
        })),
      },
      identity: { roles, teams: Object.fromEntries(teams.map((team) => [team, {}])) },
    }),
  );
const requests = fc.record({
  call: fc.constantFrom(...calls),
  model: fc.constantFrom(...modelNames, 'unheard-of'),
  roles: fc.subarray(['one', 'two', 'three'], { minLength: 1 }),
  team: fc.option(fc.constantFrom('red', 'blue'), { nil: undefined }),
});
type Request = typeof requests extends fc.Arbitrary<infer Value> ? Value : never;

/** What the gate does and records, from the receiving of a call to its authorization. */
function decide(snapshot: GateSnapshot, { call: [method, path], model: asked, roles, team }: Request) {
  const found = snapshot.findRoute(path);
  if (!found) return { code: 'route.unknown' as const };
  const operation = found.findOperation(method, path);
  if (!operation) return { code: 'operation.unknown' as const, route: found };
  const expiresAt = Number.POSITIVE_INFINITY;
  const caller: Caller = found.isPublic
    ? { kind: 'public', id: 'public', roles: ['public'], team: undefined, expiresAt, limitsId: 'public' }
    : { kind: 'token', id: 'tok_1', roles, team, expiresAt, limitsId: 'tok_1' };
  const how = operation.operation.model;
  const model = how === 'none' ? undefined : how === 'path' ? operation.pathModel : asked;
  const state = { caller, snapshot, route: found, operation, path, model };
  const decided = authorize(state);
  if (decided instanceof Denied) return { ...state, code: decided.fault.code };
  return { ...state, code: undefined, role: decided.role };
}

function record(snapshot: GateSnapshot, request: Request): Entry {
  const decided = decide(snapshot, request);
  const at = new Date(began).toISOString();
  const more = { id: 'id', at, policy: snapshot.digest, target: decided.route?.name };
  const known = 'model' in decided ? decided.route.modelNames.includes(decided.model ?? '') : false;
  const detail = {
    route: decided.route?.name,
    ...('caller' in decided && {
      operation: decided.operation.operation.name,
      prefixRepeated: repeatsPrefix(decided.path, decided.route.wire) || undefined,
      model: decided.code === undefined || known ? decided.model : undefined,
      roles: decided.caller.roles,
      team: decided.caller.team,
    }),
  };
  const actor = 'caller' in decided ? decided.caller.id : undefined;
  return decided.code === undefined
    ? { ...more, kind: 'call.decided', outcome: 'allowed', actor, detail }
    : { ...more, kind: 'call.denied', outcome: 'denied', reason: decided.code, actor, detail };
}

function ledgerOf(entries: readonly Entry[]) {
  return {
    status: { size: entries.length } as never,
    async *search({ from = 0, limit = Number.POSITIVE_INFINITY }): AsyncIterable<RecordedEntry> {
      for (const [index, entry] of entries.entries())
        if (index >= from && index < from + limit) yield { index, entry, signed: true };
    },
  };
}

function replay(entries: readonly Entry[], then: readonly GateSnapshot[], candidate: GateSnapshot) {
  return createReplay({
    ledger: ledgerOf(entries),
    candidate,
    inForce: then[0] as GateSnapshot,
    policyOf: async (digest) => then.find((snapshot) => snapshot.digest === digest),
    since: began,
    until: began + day,
  }).page(1000);
}

describe('a replay', () => {
  it('says what the candidate would decide of the call itself, or that it cannot say', async () => {
    let told = 0;
    await fc.assert(
      fc.asyncProperty(policies, policies, requests, async (then, candidate, request) => {
        const entry = record(then, request);
        const result = await replay([entry], [then], candidate);
        const [unknown] = result.notReplayed;
        if (unknown) return;
        told += 1;
        const now = decide(candidate, request);
        const wasAsked = entry.actor !== 'public' || now.route?.isPublic === true;
        // Who was not asked for a credential then is taken to have none.
        const refused = now.code !== undefined || !wasAsked;
        const what = JSON.stringify({ entry, now: now.code, result });
        assert.equal(result.newlyRefused.length + result.stillRefused > 0, refused, what);
        if (entry.kind === 'call.decided' && now.code !== undefined && wasAsked)
          assert.equal(result.newlyRefused[0]?.reason, now.code, what);
        assert.equal(result.newlyAllowed.length, Number(entry.kind === 'call.denied' && !refused), what);
      }),
      { numRuns: 600 },
    );
    assert.ok(told > 150, `only ${told} of 600 were told`);
  });

  it('of the policy in force over its own decisions refuses nothing, and leaves none of them out', async () => {
    await fc.assert(
      fc.asyncProperty(policies, fc.array(requests, { maxLength: 12 }), async (policy, asked) => {
        const entries = asked.map((request) => record(policy, request));
        const result = await replay(entries, [policy], policy);
        const allowed = entries.filter(({ kind }) => kind === 'call.decided').length;
        assert.equal(result.stillAllowed, allowed, JSON.stringify(result));
        assert.deepEqual([result.newlyRefused, result.newlyAllowed, result.notReplayed], [[], [], []]);
        // The same decisions in other words: nothing is decided otherwise, whatever cannot be told.
        const same = compileGate({ ...policy.policy }, 'another digest');
        const again = await replay(entries, [policy], same);
        assert.deepEqual([again.newlyRefused, again.newlyAllowed], [[], []]);
      }),
    );
  });

  const base = {
    version: 1,
    gate: {
      upstreams: { echo: { builtin: 'echo' } },
      routes: [{ match: '/v1/**', wire: 'openai', models: { a: 'echo', b: 'echo' } }],
    },
    identity: { roles: { developer: { may: ['call /v1/**'] } } },
  };
  const request: Request = {
    call: ['POST', '/v1/chat/completions'],
    model: 'a',
    roles: ['developer'],
    team: undefined,
  };

  it('names what it cannot decide, and counts it', async () => {
    const then = compileGatePolicy(base);
    const candidate = compileGatePolicy({
      ...base,
      identity: { roles: { ...base.identity.roles, more: { may: ['call /v1/*'] } } },
    });
    const entry = record(then, request);
    const flood: Entry = {
      ...entry,
      kind: 'call.denied',
      outcome: 'denied',
      reason: 'permission.operation',
      detail: { count: 7 },
    };
    const limited: Entry = { ...entry, kind: 'call.denied', outcome: 'denied', reason: 'limit.tokens' };
    const elsewhere: Entry = { ...entry, policy: 'f'.repeat(64) };
    const gap: Entry = {
      id: 'gap',
      at: entry.at,
      kind: 'ledger.gap',
      outcome: 'failed',
      detail: { refused: 5 },
    };
    const result = await replay([entry, flood, limited, elsewhere, gap], [then], candidate);
    assert.deepEqual(
      result.notReplayed.map((one) => [one.name, one.calls]),
      [
        ['fields-not-recorded', 7],
        ['policy-not-kept', 1],
      ],
    );
    // The candidate limits nobody, so what a limit refused fits.
    assert.deepEqual([result.newlyAllowed[0]?.reason, result.newlyAllowed[0]?.calls], ['limit.tokens', 1]);
    assert.deepEqual([result.calls, result.stillAllowed, result.unrecorded], [10, 1, 5]);
  });

  it('refuses by the size of the body, which is recorded, and says where limits of addresses differ', async () => {
    const then = compileGatePolicy(base);
    const entry = record(then, request);
    const large: Entry = { ...entry, detail: { ...entry.detail, requestBytes: 5000 } };
    const candidate = compileGatePolicy({
      ...base,
      gate: { ...base.gate, bounds: { body: '4 kB' } },
      limits: { address: { requests: '1/min' } },
    });
    const result = await replay([entry, large], [then], candidate);
    assert.equal(result.newlyRefused[0]?.reason, 'body.too-large');
    assert.deepEqual(
      result.notJudged.map((one) => [one.name, one.calls]),
      [['address-limits', 1]],
    );
  });

  it('does not blame the candidate for a role that had left before', async () => {
    const then = compileGatePolicy(base);
    const entry = record(then, request);
    const other = { ...base, identity: { roles: { analyst: { may: ['call /v1/**'] } } } };
    const result = await createReplay({
      ledger: ledgerOf([entry]),
      candidate: compileGatePolicy(other),
      inForce: compileGatePolicy(other),
      policyOf: async () => then,
      since: began,
      until: began + day,
    }).page(10);
    assert.deepEqual(result.notReplayed[0]?.name, 'role-gone');
    const removed = await replay([entry], [then], compileGatePolicy(other));
    assert.equal(removed.newlyRefused[0]?.reason, 'permission.operation');
  });

  it('page by page adds up to the whole', async () => {
    const then = compileGatePolicy(base);
    const candidate = compileGatePolicy({
      ...base,
      identity: { roles: { developer: { may: ['call /v1/**'], models: ['a'] } } },
    });
    const entries = Array.from({ length: 50 }, (_, index) =>
      record(then, { ...request, model: index % 3 === 0 ? 'b' : 'a' }),
    );
    const whole = await replay(entries, [then], candidate);
    const pages = [];
    const paged = createReplay({
      ledger: ledgerOf(entries),
      candidate,
      inForce: then,
      policyOf: async () => then,
      since: began,
      until: began + day,
    });
    do pages.push(await paged.page(7));
    while (pages.at(-1)?.next !== undefined);
    const { firstAt: _firstAt, pruned: _pruned, next: _next, size: _size, ...counts } = whole;
    assert.deepEqual(addReplays(pages), counts);
    assert.equal(pages.length, 8);
    assert.equal(counts.newlyRefused[0]?.calls, 17);
  });
});
