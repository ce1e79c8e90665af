import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { definePolicy } from '../../../policy/index.ts';
import { Fault, Secret, silentLog, systemClock } from '../../../kernel/index.ts';
import type { Secrets } from '../../../secrets/index.ts';
import { identitySection } from '../../identity/policy-section.ts';
import { limitsSection } from '../../limits/policy-section.ts';
import { gateSection } from '../policy-section.ts';
import type { GateSection } from '../section.ts';
import { createUpstreamRegistry } from './registry.ts';

const format = definePolicy([gateSection, identitySection, limitsSection]);

function gateOf(upstreams: string, routes = '[]'): GateSection {
  const reading = format.read(
    `version: 1\ngate: { upstreams: { ${upstreams} }, routes: ${routes} }\n`,
    'p.yaml',
  );
  assert.ok(reading.ok, reading.ok ? '' : JSON.stringify(reading.problems));
  return reading.policy.gate;
}

/** Secrets that count how many are being followed. */
function countingSecrets() {
  let followed = 0;
  const secrets: Secrets = {
    read: async () => new Secret('value'),
    async follow() {
      followed += 1;
      return { current: () => new Secret('value'), readAt: 1, close: () => void (followed -= 1) };
    },
    close() {},
  };
  return { secrets, followed: () => followed };
}

const keyed = 'keyed: { url: "https://a.example", credential: "env:KEY" }';

describe('the services of a policy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'surety-registry-'));
  after(() => rmSync(folder, { recursive: true }));
  const garbage = join(folder, 'garbage.pem');
  writeFileSync(garbage, 'no certificate');
  const registryOf = (secrets: Secrets) =>
    createUpstreamRegistry({ secrets, clock: systemClock, log: silentLog });

  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['a ca that is not there', join(folder, 'none.pem'), /The ca of inside, .*none\.pem, cannot be read\./],
    ['a ca that is no certificate', garbage, /The ca of inside, .*garbage\.pem, holds no certificate\./],
  ];
  for (const [name, ca, sentence] of broken) {
    it(`with ${name} are refused, named, and leave nothing behind`, async () => {
      const { secrets, followed } = countingSecrets();
      const registry = registryOf(secrets);
      (await registry.prepare(gateOf(keyed))).swap();
      const inside = `inside: { url: "https://b.example", credential: "env:KEY", ca: "${ca}" }`;
      const other = 'other: { url: "https://c.example", credential: "env:KEY" }';
      await assert.rejects(registry.prepare(gateOf(`${keyed}, ${other}, ${inside}`)), (error) => {
        assert.ok(error instanceof Fault);
        assert.equal(error.code, 'policy.invalid');
        assert.match(error.message, sentence);
        return true;
      });
      assert.equal(followed(), 1, 'a secret of the policy that was refused is still followed');
      assert.deepEqual(
        registry.present.all().map((upstream) => upstream.name),
        ['keyed'],
      );
      await registry.close();
      assert.equal(followed(), 0);
    });
  }

  it('that did not change are kept as they are', async () => {
    const registry = registryOf(countingSecrets().secrets);
    (await registry.prepare(gateOf(`${keyed}, echo: { builtin: echo }`))).swap();
    const before = registry.present.get('keyed');
    const changed = 'new: { url: "https://d.example" }';
    (await registry.prepare(gateOf(`${keyed}, ${changed}`))).swap();
    assert.equal(registry.present.get('keyed'), before);
    assert.equal(registry.present.get('echo'), undefined);
    (await registry.prepare(gateOf(keyed.replace('a.example', 'moved.example')))).swap();
    assert.notEqual(registry.present.get('keyed'), before);
    await registry.close();
  });

  it('know whether the gate signs in to them', async () => {
    const registry = registryOf(countingSecrets().secrets);
    const routes =
      '[{ match: /a/**, to: "https://a.example", credential: "env:KEY" }, { match: /b/**, to: "https://b.example" }]';
    (await registry.prepare(gateOf('echo: { builtin: echo }', routes))).swap();
    assert.deepEqual(
      registry.present.all().map((upstream) => [upstream.name, upstream.holdsCredential]),
      [
        ['echo', false],
        ['route /a/**', true],
        ['route /b/**', false],
      ],
    );
    await registry.close();
  });
});
