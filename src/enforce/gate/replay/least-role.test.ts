import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { compileGatePolicy } from '../../../../test/support/gate-policy.ts';
import type { Entry } from '../../../record/index.ts';
import { repeatsPrefix } from '../snapshot/routes.ts';
import type { GateSnapshot } from '../snapshot/snapshot.ts';
import { createPrincipalHistory } from './principal-history.ts';

const paths = [
  '/v1/chat/completions',
  '/v1/v1/embeddings',
  '/azure/openai/deployments/a/chat/completions',
  '/azure/openai/deployments/x:y/embeddings',
  '/t/one/v1/chat/completions',
  '/agents/run/now',
  '/agents/admin/x',
];

function policyOf(may: readonly string[], models: readonly string[]): GateSnapshot {
  const served = { a: 'echo', '*': 'echo' };
  return compileGatePolicy({
    version: 1,
    gate: {
      upstreams: { echo: { builtin: 'echo' } },
      routes: [
        { match: '/v1/**', wire: 'openai', models: served },
        { match: '/azure/**', wire: 'azure', models: served },
        { match: '/t/*/v1/**', wire: 'openai', models: served },
        { match: '/agents/**', to: 'https://agents.example.com' },
        { match: '/agents/admin/**', to: 'https://agents.example.com' },
      ],
    },
    identity: { roles: { held: { may, models } } },
  });
}

const resource = fc.constantFrom(
  '/**',
  '/v1/**',
  '/v1/chat/completions',
  '/azure/**',
  '/azure/openai/deployments/a/**',
  '/t/*/v1/**',
  '/t/one/**',
  '/agents/**',
  '/agents/run/**',
  '/agents/admin/**',
);
const models = fc.subarray(['a', 'x:y', 'a*', '*'], { minLength: 1 });
const asked = fc.record({
  path: fc.constantFrom(...paths),
  model: fc.constantFrom('a', 'ab', 'x:y', 'odd name\u001b*', '*'),
});

it('the least role never refuses what was recorded, and permits nothing that the role it comes from does not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(resource, { minLength: 1, maxLength: 3 }),
      models,
      fc.array(asked, { minLength: 1, maxLength: 8 }),
      async (may, allowed, calls) => {
        const snapshot = policyOf(
          may.map((path) => `call ${path}`),
          allowed,
        );
        const entries = calls.flatMap((call) => record(snapshot, call) ?? []);
        const history = createPrincipalHistory({
          ledger: {
            status: { size: entries.length } as never,
            async *search({ kind }) {
              for (const [index, entry] of entries.entries())
                if (kind === undefined || kind === entry.kind) yield { index, entry, signed: true };
            },
          },
          inForce: () => snapshot,
          policyOf: async () => undefined,
        });
        const span = { since: 0, until: Number.MAX_SAFE_INTEGER };
        const least = await history.least({ id: 'key_1', role: 'held' }, span);
        if (entries.length === 0) return assert.deepEqual(least.may, []);
        const { wouldRefuse, calls: replayed } = await history.replay(
          { id: 'key_1', permissions: least, limits: undefined },
          span,
        );
        assert.deepEqual(wouldRefuse, [], JSON.stringify({ may, allowed, entries, least }));
        assert.equal(replayed, entries.length);
        for (const path of paths)
          if (policyOf(least.may, least.models).roles.mayCall('held', path))
            assert.ok(snapshot.roles.mayCall('held', path), `${path} ${JSON.stringify(least)}`);
        for (const model of ['a', 'ab', 'x:y', 'z'])
          if (policyOf(least.may, least.models).roles.mayUseModel('held', model))
            assert.ok(snapshot.roles.mayUseModel('held', model), `${model} ${JSON.stringify(least)}`);
      },
    ),
    { numRuns: 150 },
  );
});

/** The entry of a call that the role permits; undefined where it does not. */
function record(
  snapshot: GateSnapshot,
  { path, model: wanted }: { path: string; model: string },
): Entry | undefined {
  const route = snapshot.findRoute(path);
  const found = route?.findOperation('POST', path);
  if (!route || !found) return undefined;
  const kind = found.operation.model;
  const model = kind === 'none' ? undefined : kind === 'path' ? found.pathModel : wanted;
  if (snapshot.roles.permitting(['held'], path, model) === undefined) return undefined;
  const detail = {
    route: route.name,
    operation: found.operation.name,
    model,
    role: 'held',
    prefixRepeated: repeatsPrefix(path, route.wire) || undefined,
  };
  const at = '2026-01-01T00:00:00.000Z';
  return {
    id: 'x',
    at,
    kind: 'call.decided',
    actor: 'key_1',
    outcome: 'allowed',
    policy: snapshot.digest,
    detail,
  };
}
