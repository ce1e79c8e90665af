import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openHouse } from '../../src/app/house.ts';
import { loadPolicy } from '../../src/app/policy-in-force.ts';
import { silentLog, systemClock } from '../../src/kernel/index.ts';
import { createManualClock } from '../support/clock.ts';
import { startSurety, type TestServer } from '../support/surety.ts';

const policy = `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [ { match: /v1/**, wire: openai, models: { echo: echo } } ] }
data: { capture: { routes: { /v1/**: {} } }, cases: { remind: 7d } }
`;
const day = 86_400_000;
const prompt = 'asked long ago';

describe('a server that was away for forty days', () => {
  let server: TestServer;
  let caseId: string;
  before(async () => {
    server = await startSurety({
      policy,
      secrets: [prompt, 'long-ago@example.com'],
      async prepare(dataFolder) {
        const clock = createManualClock(systemClock.now() - 40 * day);
        const house = await openHouse({
          dataFolder,
          create: true,
          policy: await loadPolicy(join(dirname(dataFolder), 'surety.yaml'), clock.now()),
          clock,
          log: silentLog,
        });
        const { capture, cases } = house.keeping;
        for (let call = 0; call < 3; call++)
          capture.capture({ entryId: house.newId(), route: '/v1/**', subject: undefined, prompt });
        await capture.flush();
        const opened = await cases.open(
          { name: 'long-ago@example.com', kind: 'access', law: 'gdpr' },
          'owner',
        );
        caseId = opened.id;
        await house.close();
      },
    });
  });
  after(() => server.dispose());

  it('destroys nothing while nobody says that its clock is right: log, metric and status say so', async () => {
    const held = await server.run('retention', 'status');
    assert.equal(held.code, 1);
    assert.match(
      held.out,
      /Nothing is destroyed by its age: the clock is ahead: .* surety retention confirm-clock/,
    );
    const swept = await server.run('retention', 'sweep');
    assert.equal(swept.code, 2);
    assert.equal((JSON.parse((await server.run('captured', 'list', '--json')).out) as unknown[]).length, 3);
    const pruned = await server.run('ledger', 'prune', '--older-than', '30d');
    assert.match(pruned.err, /The clock is far from the time last seen/);
    assert.match(server.log(), /the clock is far from the time last seen/);
    assert.match(await server.metrics(), /surety_retention_clock_held 1\n/);
  });

  it('then destroys what grew old meanwhile, and says how much in an entry', async () => {
    assert.equal((await server.run('retention', 'confirm-clock')).code, 0);
    assert.equal((await server.run('retention', 'sweep')).code, 0);
    const [swept] = await server.waitForEntries(['--kind', 'retention.swept'], (entries) =>
      entries.some(({ target }) => target === 'captured'),
    );
    assert.deepEqual([swept?.target, swept?.detail?.['count']], ['captured', 3]);
    const [confirmed] = await server.entries('--kind', 'retention.clock-confirmed');
    assert.match((confirmed?.detail?.['problem'] ?? '') as string, /^ahead/);
    assert.deepEqual(JSON.parse((await server.run('captured', 'list', '--json')).out), []);
    assert.equal((await server.run('retention', 'status')).code, 0);
  });

  it('says that a case is overdue: entry, log and metric', async () => {
    const [overdue] = await server.waitForEntries(['--kind', 'case.overdue'], ({ length }) => length > 0);
    assert.equal(overdue?.target, caseId);
    assert.match(server.log(), /a case of a data subject is overdue/);
    assert.match(await server.metrics(), /surety_cases_overdue 1\n/);
    assert.match((await server.run('cases', 'list')).out, /overdue/);
  });
});
