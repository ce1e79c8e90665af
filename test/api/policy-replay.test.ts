import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openAdmin, type TestAdmin } from '../support/admin.ts';

const policy = `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [ { match: /v1/**, wire: openai, models: { gpt: echo } } ] }
identity: { roles: { developer: { may: [call /v1/**] } } }
`;
const candidate = policy.replace('may: [call /v1/**]', 'may: [call /v1/**], limits: { requests: 3/day }');
const route = 'POST /api/policy/replay';

describe('a policy replay through the admin API', () => {
  let admin: TestAdmin;
  const span = { since: '2026-01-01T00:00:00Z', until: '2099-01-01T00:00:00Z' };
  const ask = (more: object) =>
    admin.askSocket(route, { input: { candidate, ...span, entries: 2, ...more } });
  before(async () => {
    admin = await openAdmin(policy);
    const { house, clock } = admin;
    for (let call = 0; call < 9; call++) {
      clock.advance(1000);
      await house.ledger.append({
        id: house.newId(),
        at: new Date(clock.now()).toISOString(),
        kind: 'call.decided',
        actor: 'key_1',
        outcome: 'allowed',
        policy: house.policy().digest,
        detail: { route: '/v1/**', operation: 'chat.completions', model: 'gpt', role: 'developer' },
      });
    }
  });
  after(() => admin.close());

  it('keeps what limits counted from page to page', async () => {
    let [cursor, refused, allowed, pages] = [undefined as unknown, 0, 0, 0];
    do {
      const { status, body, text } = await ask(cursor === undefined ? {} : { cursor });
      assert.equal(status, 200, text);
      for (const group of body['newlyRefused'] as { calls: number; reason: string }[]) {
        assert.equal(group.reason, 'limit.requests');
        refused += group.calls;
      }
      allowed += Number(body['stillAllowed']);
      pages += 1;
      cursor = body['next'];
    } while (cursor !== undefined);
    assert.deepEqual([allowed, refused], [3, 6]);
    assert.ok(pages > 4, `${pages} pages`);
  });

  it('gives no page twice, and says that it must begin again', async () => {
    const { next: cursor } = (await ask({})).body;
    const both = await Promise.all([ask({ cursor }), ask({ cursor })]);
    assert.deepEqual(new Set(both.map(({ status }) => status)), new Set([200, 409]));
    assert.match(both.map(({ text }) => text).join(), /Begin it again/);
  });

  it('is not gone on with for another time, when it waited long, or when others were begun', async () => {
    const begin = async () => (await ask({})).body['next'];
    const other = await ask({ cursor: await begin(), until: '2098-01-01T00:00:00Z' });
    assert.equal(other.status, 409);
    const late = await begin();
    admin.clock.advance(600_001);
    assert.equal((await ask({ cursor: late })).status, 409);
    const first = await begin();
    const more = [await begin(), await begin(), await begin(), await begin()];
    assert.equal((await ask({ cursor: first })).status, 409);
    for (const cursor of more) assert.equal((await ask({ cursor })).status, 200);
  });
});
