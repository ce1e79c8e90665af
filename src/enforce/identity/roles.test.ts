import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileRoles } from './roles.ts';
import { identitySection } from './policy-section.ts';
import { compileTeams } from './teams.ts';

const { roles } = identitySection.schema.parse({
  roles: {
    developer: { may: ['call /v1/**'], models: ['gpt-5*', 'llama-4'], limits: { requests: '600/min' } },
    agent: { may: ['call /agents/**'], shared: { concurrency: 3 } },
  },
});
const compiled = compileRoles(roles);

test('a role may call what it says and nothing else', () => {
  assert.ok(compiled.mayCall('developer', '/v1/chat/completions'));
  assert.ok(!compiled.mayCall('developer', '/v2/chat/completions'));
  assert.ok(!compiled.mayCall('developer', '/v10'));
  assert.ok(!compiled.mayCall('agent', '/v1/chat/completions'));
});

test('a role may use the models it names; one that names none may use all of its routes', () => {
  assert.ok(compiled.mayUseModel('developer', 'gpt-5-mini'));
  assert.ok(!compiled.mayUseModel('developer', 'gpt-4'));
  assert.ok(!compiled.mayUseModel('developer', 'llama-44'));
  assert.ok(compiled.mayUseModel('agent', 'anything'));
});

test('a role that the policy does not have may do nothing', () => {
  for (const role of ['removed', '', 'constructor', '__proto__', 'toString']) {
    assert.ok(!compiled.has(role));
    assert.ok(!compiled.mayCall(role, '/v1/chat/completions'));
    assert.ok(!compiled.mayUseModel(role, 'gpt-5-mini'));
    assert.deepEqual(compiled.limitsOf(role), { each: undefined, shared: undefined });
  }
});

test('limits are told apart: for each key of a role, for all of them together', () => {
  assert.deepEqual(compiled.limitsOf('developer').each?.requests, [{ amount: 600, per: 'min' }]);
  assert.equal(compiled.limitsOf('developer').shared, undefined);
  assert.equal(compiled.limitsOf('agent').shared?.concurrency, 3);
});

test('the section refuses what it does not understand', () => {
  const bad = [
    { roles: { a: { may: [] } } },
    { roles: { a: { may: ['call v1'] } } },
    { roles: { a: { may: ['delete /v1/**'] } } },
    { roles: { a: { may: ['call /v1/**'], model: ['x'] } } },
    { roles: { 'a b': { may: ['call /v1/**'] } } },
    { keys: { longest: '0s' } },
    { keys: { longest: 90 } },
  ];
  for (const section of bad)
    assert.ok(!identitySection.schema.safeParse(section).success, JSON.stringify(section));
  assert.equal(identitySection.schema.parse({}).keys.longest, 90 * 86_400_000);
});

const path = '/v1/chat/completions';

test('of several roles the first in the order of the policy that permits the call is the one it is made as', () => {
  assert.equal(compiled.permitting(['agent', 'developer'], path, 'llama-4'), 'developer');
  assert.equal(compiled.permitting(['agent', 'developer'], '/agents/run', undefined), 'agent');
  assert.equal(compiled.permitting(['agent'], path, 'llama-4'), undefined);
  assert.equal(compiled.permitting(['agent', 'developer'], path, 'gpt-4'), undefined);
  assert.equal(compiled.permitting([], path, undefined), undefined);
});

test('adding a role to a caller never takes a permission away', () => {
  const name = fc.constantFrom<string>('a', 'b', 'c', 'd');
  const section = fc.record({
    may: fc.array(fc.constantFrom('call /v1/**', 'call /agents/**', 'call /v1/chat/*'), { minLength: 1 }),
    models: fc.array(fc.constantFrom('gpt-5*', 'gpt-5-mini', 'llama-4', '*'), { minLength: 1 }),
  });
  const held = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'gone'));
  const asked = fc.constantFrom(path, '/agents/run', '/v1/models');
  const model = fc.constantFrom('gpt-5-mini', 'gpt-5', 'llama-4', undefined);
  const sections = fc.dictionary(name, section, { maxKeys: 4 });
  fc.assert(
    fc.property(sections, held, name, asked, model, (given, has, added, where, which) => {
      const made = compileRoles(identitySection.schema.parse({ roles: given }).roles);
      const before = made.permitting(has, where, which);
      const after = made.permitting([...has, added], where, which);
      if (before !== undefined) assert.notEqual(after, undefined);
      const alone = new Set(has.filter((role) => made.permitting([role], where, which) !== undefined));
      assert.equal(
        before,
        made.names.find((role) => alone.has(role)),
      );
    }),
  );
});

test('a team is known by its exact name, and an alert needs a budget to tell about', () => {
  const { teams } = identitySection.schema.parse({
    teams: { research: { limits: { cost: '50 USD/day' }, alerts: ['50%', '80%'] } },
  });
  assert.deepEqual(teams['research']?.alerts, [0.5, 0.8]);
  assert.ok(compileTeams(teams).has('research'));
  for (const team of ['', 'Research', '__proto__', 'constructor']) assert.ok(!compileTeams(teams).has(team));
  for (const limits of [undefined, { requests: '600/min' }]) {
    const problems: unknown[] = [];
    const identity = identitySection.schema.parse({
      teams: { t: { ...(limits && { limits }), alerts: ['80%'] } },
    });
    identitySection.check({ identity }, ({ path: place }) => problems.push(place.join('.')));
    assert.deepEqual(problems, ['identity.teams.t.alerts']);
  }
});
