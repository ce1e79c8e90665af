import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definePolicy } from '../../../policy/index.ts';
import { identitySection } from '../policy-section.ts';
import { roleYaml } from './role-yaml.ts';

const format = definePolicy([identitySection]);

test('the text of a narrower role reads back with the limits of the role it comes from', () => {
  const held = format.read(
    `version: 1
identity:
  roles:
    developer:
      may: [call /v1/**]
      limits: { requests: 600/min, cost: [0.000000001 USD/h, 50.25 USD/day], concurrency: 3 }
      shared: { tokens: 5M/month }
      alerts: [50%, 80%]
`,
    'p.yaml',
  );
  assert.ok(held.ok);
  const section = held.policy.identity.roles['developer'];
  assert.ok(section);
  const yaml = roleYaml('narrow', { may: ['call /v1/chat/completions'], models: ['small'] }, section);
  const reading = format.read(`version: 1\n${yaml}`, 'p.yaml');
  assert.ok(reading.ok, JSON.stringify(reading));
  const narrow = reading.policy.identity.roles['narrow'];
  assert.deepEqual(
    [narrow?.limits, narrow?.shared, narrow?.alerts],
    [section.limits, section.shared, section.alerts],
  );
  assert.deepEqual(
    [narrow?.may, narrow?.models],
    [[{ verb: 'call', resource: '/v1/chat/completions' }], ['small']],
  );
});
