import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openAdmin, type TestAdmin } from '../support/admin.ts';

const issuer = 'https://login.example.com';
const policy = `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [ { match: /v1/**, wire: openai, models: { gpt: echo } } ] }
identity:
  roles: { developer: { may: [call /v1/**] } }
  tokens: [ { issuer: ${issuer}, audience: ai, roles: { claim: groups, map: { dev: developer } } } ]
  operators: { roles: { reviewer: { may: ["* reviews"] } } }
`;
const decision = 'POST /api/reviews/:id/principals/:principal/decision';
const reason = 'as agreed';

describe('reviews through the admin API', () => {
  let admin: TestAdmin;
  before(async () => {
    admin = await openAdmin(policy);
  });
  after(() => admin.close());

  it('end the access of whoever a token names, though only a pseudonym of him is known', async () => {
    const { house } = admin;
    const person = house.pseudonyms.person(JSON.stringify([issuer, 'subject-8841']));
    const detail = { route: '/v1/**', operation: 'chat.completions', model: 'gpt', role: 'developer' };
    await house.note('call.decided', { actor: person, outcome: 'allowed', detail });
    const { id } = await house.reviews.create({}, 'owner');
    await house.reviews.gather();
    const answer = await admin.askSocket(decision, {
      input: { id, principal: person, decision: 'revoke', reason },
    });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body['state'], 'applied');
    const [revocation] = await house.tokens.list();
    assert.deepEqual([revocation?.kind, revocation?.issuer], ['subject', issuer]);
    assert.ok(!answer.text.includes('subject-8841'));
    const narrow = await admin.askSocket('POST /api/reviews/:id/principals/:principal/proposal', {
      input: { id, principal: person },
    });
    assert.equal(narrow.status, 409);
  });

  it('are not decided by the reviewed, nor about operators by who may only review', async () => {
    const reviewer = await admin.operator('reviewer');
    const security = await admin.operator('security');
    const { id } = await admin.house.reviews.create({}, 'owner');
    await admin.house.reviews.gather();
    const decide = (key: string, principal: string) =>
      admin.ask(decision, { key, input: { id, principal, decision: 'revoke', reason } });
    const own = await decide(security.key, security.id);
    assert.deepEqual([own.status, own.body['code']], [403, 'review.own-access']);
    const beyond = await decide(reviewer.key, security.id);
    assert.deepEqual([beyond.status, beyond.body['code']], [403, 'operator.forbidden']);
    const allowed = await decide(security.key, reviewer.id);
    assert.equal(allowed.status, 200, allowed.text);
    assert.equal(admin.house.operators.find(reviewer.id)?.state, 'disabled');
    assert.equal((await admin.ask('GET /api/reviews', { key: reviewer.key })).status, 401);
  });
});
