import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { definePolicy, systemSection } from '../../policy/index.ts';
import { recordSection } from '../../record/policy-section.ts';
import { identitySection } from '../identity/policy-section.ts';
import { limitsSection } from '../limits/policy-section.ts';
import { explainCall } from './explain-access.ts';
import { gateSection } from './policy-section.ts';
import type { GatePolicy } from './section.ts';
import { compileGate } from './snapshot/snapshot.ts';
import type { Read } from './states.ts';
import { authorize } from './steps/authorize.ts';

const format = definePolicy([systemSection, gateSection, identitySection, limitsSection, recordSection]);
const reading = format.read(
  `
version: 1
gate:
  upstreams: { echo: { builtin: echo } }
  routes:
    - { match: /v1/**, wire: openai, models: { a: echo, "b-*": echo } }
    - { match: /open/**, wire: openai, models: { a: echo }, public: true }
    - { match: /watch/**, wire: openai, models: { a: echo }, observe: true }
identity:
  teams: { blue: {} }
  roles:
    all: { may: [call /v1/**, call /watch/**] }
    one: { may: [call /v1/chat/completions], models: [a] }
    few: { may: [call /v1/**], models: ["b-*"] }
`,
  'surety.yaml',
);
assert.ok(reading.ok, JSON.stringify(reading));
const policy = reading.policy as GatePolicy;
const snapshot = compileGate(policy, '');

/** What the gate itself decides, from the route on. */
function decided({ path, model, roles, team }: Parameters<typeof explainCall>[1]): boolean {
  const route = snapshot.findRoute(path);
  const operation = route?.findOperation('POST', path);
  if (!route || !operation) return false;
  const caller = route.isPublic
    ? ({ kind: 'public' } as const)
    : ({ kind: 'key', id: 'key_1', roles, team, expiresAt: 0 } as const);
  const state = { route, operation, model, caller, snapshot, path } as unknown as Read;
  return 'plan' in authorize(state);
}

test('explain agrees with the step that decides', () => {
  const asked = fc.record({
    path: fc.constantFrom(
      '/v1/chat/completions',
      '/v1/embeddings',
      '/v1/nothing',
      '/open/v1/chat/completions',
      '/watch/v1/chat/completions',
      '/elsewhere',
    ),
    model: fc.constantFrom('a', 'b-1', 'c'),
    roles: fc.array(fc.constantFrom('all', 'one', 'few', 'gone'), { minLength: 1, maxLength: 3 }),
    team: fc.constantFrom(undefined, 'blue', 'gone'),
  });
  const seen = { permitted: 0, refused: 0 };
  fc.assert(
    fc.property(asked, (call) => {
      const explained = explainCall(policy, call);
      assert.equal(explained.permitted, decided(call), `${JSON.stringify(call)} ${explained.because}`);
      assert.ok(explained.path !== undefined && explained.because.endsWith('.'));
      seen[explained.permitted ? 'permitted' : 'refused'] += 1;
    }),
    { numRuns: 500 },
  );
  assert.ok(seen.permitted > 20 && seen.refused > 20, JSON.stringify(seen));
});

test('the key that decides is named', () => {
  const pathOf = (path: string, model: string, ...roles: string[]) =>
    explainCall(policy, { path, model, roles, team: undefined }).path?.join('.');
  assert.equal(pathOf('/v1/chat/completions', 'a', 'one'), 'identity.roles.one.may.0');
  assert.equal(pathOf('/watch/v1/chat/completions', 'a', 'all'), 'identity.roles.all.may.1');
  assert.equal(pathOf('/v1/chat/completions', 'a', 'few'), 'identity.roles.few.models');
  assert.equal(pathOf('/v1/embeddings', 'a', 'one'), 'identity.roles.one.may');
  assert.equal(pathOf('/v1/chat/completions', 'c', 'all'), 'gate.routes.0.models');
  assert.equal(pathOf('/open/v1/chat/completions', 'a', 'gone'), 'gate.routes.1.public');
  assert.equal(pathOf('/elsewhere', 'a', 'all'), 'gate.routes');
});
