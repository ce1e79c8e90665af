import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { canaryPrompt, startSurety, type TestServer, waitFor } from '../support/surety.ts';

const policy = `version: 1
gate:
  upstreams: { echo: { builtin: echo } }
  routes:
    - { match: /v1/**, name: chat, wire: openai, models: { small: echo, '*': echo }, limits: { requests: 12/day }, alerts: [50%] }
identity:
  teams:
    research: { limits: { requests: 4/day }, alerts: [50%] }
  roles:
    developer: { may: [call /v1/**], limits: { requests: 6/day } }
    intern: { may: [call /v1/**], shared: { cost: 0.00012 USD/day } }
limits:
  prices: { small: { input: 1 USD/M, output: 1 USD/M }, '*': { input: 2 USD/M, output: 2 USD/M } }
`;

describe('usage and budgets', () => {
  let server: TestServer;
  let team: { id: string; key: string };
  let alone: { id: string; key: string };
  let intern: { id: string; key: string };
  const call = async (key: string, model = 'small') => {
    const answer = await fetch(`${server.gate}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, max_tokens: 10, messages: [{ role: 'user', content: canaryPrompt }] }),
    });
    return { status: answer.status, body: await answer.text() };
  };
  const alerts = async () =>
    (await server.entries())
      .filter(({ kind }) => kind.startsWith('budget.'))
      .map(({ kind, target, detail }) =>
        `${kind} ${JSON.stringify(detail?.['scope'])} ${target ?? ''} ${JSON.stringify(detail?.['percent'])}`.replaceAll(
          '"',
          '',
        ),
      );

  before(async () => {
    server = await startSurety({ policy });
    team = await server.createKey('developer', ['--team', 'research']);
    alone = await server.createKey('developer');
    intern = await server.createKey('intern');
  });
  after(() => server.dispose());

  it('warns before the hard stop, names the scope at it, and tells neither twice, also after a restart', async () => {
    for (let count = 0; count < 4; count++) assert.equal((await call(team.key)).status, 200);
    const stopped = await call(team.key);
    assert.equal(stopped.status, 429);
    assert.match(stopped.body, /daily budget of the team/);
    const expected = ['budget.warned team research 50', 'budget.stopped team research 100'];
    await waitFor(async () => ((await alerts()).length >= 2 ? true : undefined));
    assert.deepEqual(await alerts(), expected);
    const denied = (await server.entries('--kind', 'call.denied')).at(-1);
    assert.equal(denied?.detail?.['limit'], 'team-requests-day');
    assert.match(
      await server.metrics(),
      /surety_budget_alerts_total\{kind="budget.warned",scope="team",measure="requests",per="day"\} 1/,
    );
    assert.match(server.log(), /a budget is nearly used up/);

    await server.stop();
    await server.restart();
    assert.equal((await call(team.key)).status, 429, 'the restart refilled the budget of the team');
    assert.equal((await call(alone.key)).status, 200, 'another key of the role is not of the team');
    assert.equal((await call(alone.key)).status, 200);
    await waitFor(async () => ((await alerts()).length >= 3 ? true : undefined));
    assert.deepEqual(await alerts(), [...expected, 'budget.warned route chat 50'], 'six calls on the route');
    for (let count = 0; count < 4; count++) await call(alone.key, '=large');
    assert.match((await call(alone.key)).body, /daily budget of the key/);
    const role = await call(intern.key);
    assert.equal(role.status, 200, 'the first call fits into the budget');
    assert.match((await call(intern.key)).body, /daily budget of the role/);
    await waitFor(async () =>
      (await alerts()).some((alert) => alert === 'budget.stopped role intern 100') ? true : undefined,
    );
    assert.ok((await alerts()).includes(`budget.warned key ${alone.id} 80`));
    // What a pattern of the policy serves is counted by the pattern: the caller could have called it anything.
    assert.equal((await call(alone.key, 'call-me+491701234567')).status, 429);
  });

  it('sums by team, model and day what the ledger says, as table, JSON and guarded CSV', async () => {
    const finished = await server.waitForEntries(['--kind', 'call.finished'], (found) => found.length === 11);
    const listed = await server.run('usage', '--by', 'team,model', '--json');
    assert.equal(listed.code, 0, listed.err);
    const groups = listed.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string | number>);
    const sum = (name: string, model: string) =>
      finished.filter(({ detail }) => (detail?.['team'] ?? '') === name && detail?.['model'] === model);
    assert.equal(groups.length, 3);
    for (const { team: name, model, requests, inputTokens } of groups) {
      const mine = sum(String(name), String(model));
      assert.equal(requests, mine.length);
      assert.equal(
        inputTokens,
        mine.reduce((all, { detail }) => all + Number(detail?.['inputTokens']), 0),
      );
    }
    const file = await server.run('usage', '--by', 'model', '--csv');
    const [head, ...rows] = file.out.split('\r\n');
    assert.match(head ?? '', /^model,requests,estimated,unknown,inputTokens/);
    assert.ok(
      rows.some((row) => row.startsWith('*,4,')),
      file.out,
    );
    assert.ok(!file.out.includes('=large'), 'a name that a caller made up stands in the usage');
    const table = await server.run('usage', '--by', 'key', '--role', 'intern');
    assert.match(table.out, new RegExp(`KEY +REQUESTS[\\s\\S]*${intern.id} +1 `));
    assert.equal((await server.run('usage', '--by', 'weather')).code, 2);
    assert.equal((await server.run('usage', '--since', 'soon')).code, 2);
  });
});
