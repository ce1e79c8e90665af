import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRoles } from './roles.ts';
import { identitySection } from './section.ts';

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
