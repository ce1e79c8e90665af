import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { canaryPrompt, startSurety, type TestServer, waitFor } from '../support/surety.ts';

const policy = `version: 1
gate:
  upstreams: { echo: { builtin: echo } }
  routes:
    - { match: /v1/**, wire: openai, models: { small: echo, large: echo } }
identity:
  roles:
    developer: { may: [call /v1/**] }
    intern: { may: [call /v1/**], models: [small] }
`;

interface Replayed {
  readonly newlyRefused: readonly { principal: string; reason: string; calls: number; examples: string[] }[];
  readonly newlyAllowed: readonly { principal: string; reason: string; calls: number }[];
  readonly stillAllowed: number;
  readonly notReplayed: readonly { name: string; calls: number }[];
}

describe('surety policy replay', () => {
  let server: TestServer;
  let developer: { id: string; key: string };
  let intern: { id: string; key: string };
  const call = async (key: string, model: string) => {
    const answer = await fetch(`${server.gate}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: canaryPrompt }] }),
    });
    await answer.text();
    return answer.status;
  };
  const replay = (candidate: string, ...more: string[]) => {
    const file = join(server.folder, 'candidate.yaml');
    writeFileSync(file, candidate);
    return server.run('policy', 'replay', file, ...more);
  };

  before(async () => {
    server = await startSurety({ policy });
    developer = await server.createKey('developer');
    intern = await server.createKey('intern');
    assert.equal(await call(developer.key, 'large'), 200);
    assert.equal(await call(developer.key, 'large'), 200);
    assert.equal(await call(developer.key, 'small'), 200);
    assert.equal(await call(intern.key, 'large'), 403);
  });
  after(() => server.dispose());

  it('of the policy in force finds nothing newly refused', async () => {
    const { code, out, err } = await replay(policy, '--json');
    assert.equal(code, 0, err);
    const found = JSON.parse(out) as Replayed;
    assert.deepEqual([found.newlyRefused, found.newlyAllowed, found.notReplayed], [[], [], []]);
    assert.equal(found.stillAllowed, 3);
  });

  it('tells what a candidate would refuse and allow, by principal and reason, with entries, through a restart', async () => {
    // The calls so far were made under a policy that is not in force any more: its text is kept.
    const other = policy.replace('developer:', 'developer: { may: [call /v1/**] }\n    analyst:');
    writeFileSync(server.policyFile, other);
    await waitFor(async () =>
      (await server.entries('--kind', 'policy.loaded')).length > 1 ? true : undefined,
    );
    await server.stop();
    await server.restart();
    const candidate = policy
      .replace('developer: { may: [call /v1/**] }', 'developer: { may: [call /v1/**], models: [small] }')
      .replace('models: [small] }\n', 'models: ["*"] }\n')
      .replace('intern: { may: [call /v1/**], models: [small] }', 'intern: { may: [call /v1/**] }');
    const { code, out, err } = await replay(
      candidate.replace(
        'developer: { may: [call /v1/**], models: ["*"] }',
        'developer: { may: [call /v1/**], models: [small] }',
      ),
      '--json',
    );
    assert.equal(code, 1, err);
    const found = JSON.parse(out) as Replayed;
    assert.deepEqual(
      found.newlyRefused.map(({ principal, reason, calls }) => [principal, reason, calls]),
      [[developer.id, 'permission.model', 2]],
    );
    assert.deepEqual(
      found.newlyAllowed.map(({ principal, reason, calls }) => [principal, reason, calls]),
      [[intern.id, 'permission.model', 1]],
    );
    const [example = ''] = found.newlyRefused[0]?.examples ?? [];
    const shown = await server.run('ledger', 'show', example);
    assert.equal(shown.code, 0);
    assert.match(shown.out, /call\.decided/);
  });

  it('tells whom the limits of a candidate would refuse, by the limit', async () => {
    const limited = policy.replace(
      'developer: { may: [call /v1/**] }',
      'developer: { may: [call /v1/**], limits: { requests: 2/day } }',
    );
    const { code, out, err } = await replay(limited);
    assert.equal(code, 1, err);
    assert.match(out, /newly refused {3}1\n/);
    assert.match(out, new RegExp(`1 +${developer.id} .* limit\\.requests \\(key-requests-day\\)`));
    assert.match(out, /still allowed {3}2\n/);
    const costs = policy.replace(
      'developer: { may: [call /v1/**] }',
      'developer: { may: [call /v1/**], shared: { tokens: 5/h } }',
    );
    const found = JSON.parse((await replay(costs, '--json')).out) as Replayed;
    assert.deepEqual(
      found.newlyRefused.map(({ reason }) => reason),
      ['limit.tokens', 'limit.tokens'].slice(0, found.newlyRefused.length),
    );
    assert.ok(found.newlyRefused.length > 0);
  });

  it('says in its exit code and in words what it could not do', async () => {
    const invalid = await replay('version: 1\ngatee: {}\n');
    assert.equal(invalid.code, 2);
    assert.match(invalid.err, /gatee/);
    assert.equal((await server.run('policy', 'replay', join(server.folder, 'none.yaml'))).code, 2);
    assert.equal((await replay(policy, '--since', 'soon')).code, 2);
    assert.equal((await replay(policy, '--since', '1d', '--until', '2d')).code, 2);
    const words = await replay(policy);
    assert.match(words.out, /newly refused {3}0/);
    const help = await server.run('policy', 'replay', '--help');
    assert.match(help.out, /Examples:\n {2}surety policy replay/);
  });
});
