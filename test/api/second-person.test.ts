import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { socketOperator } from '../../src/enforce/identity/index.ts';
import { cookieOf, openAdmin, origin, type TestAdmin } from '../support/admin.ts';

const policy = `
version: 1
identity:
  roles: { developer: { may: [call /v1/**] } }
  operators:
    roles:
      second: { may: [approve requests, read requests] }
      reader: { may: [read captured] }
      saver: { may: [download backups] }
    approval: { acts: [revoke keys, rotate keys], expires: 1h, breakGlass: [incident] }
`;
const any = { 'if-match': '*' };
const prune = 'POST /api/ledger/prune';

describe('a second person', () => {
  let admin: TestAdmin;
  let asker: { id: string; key: string };
  let approver: { id: string; key: string };
  before(async () => {
    admin = await openAdmin(policy);
    asker = await admin.operator('owner');
    approver = await admin.operator('security');
  });
  after(() => admin.close());

  const ask = async (by = asker.key, name = prune, input: object = { olderThan: '400d' }) => {
    const answer = await admin.ask(name, { key: by, input: { ...input }, headers: any });
    assert.equal(answer.status, 202, answer.text);
    return String(answer.body['request']);
  };
  const decide = (verb: string, id: string, by: string, input: object = {}) =>
    admin.ask(`POST /api/requests/:id/${verb}`, { key: by, input: { id, ...input }, headers: any });
  const stateOf = async (id: string) => (await admin.house.operators.requests.find(id))?.state;
  const count = async (kind: string) => (await admin.kinds()).filter((found) => found === kind).length;
  const newKey = async () =>
    (await admin.house.keys.create({ name: 'n', role: 'developer', expiresInMs: 3_600_000 }, 'owner')).record
      .id;

  it('approves, and then it is done, once, as it was asked and by who asked', async () => {
    const key = await newKey();
    const id = await ask(asker.key, 'POST /api/keys/:id/revoke', { id: key });
    assert.equal((await admin.house.keys.find(key))?.state, 'active');
    const answers = await Promise.all([
      decide('approve', id, approver.key),
      decide('approve', id, approver.key),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 409],
    );
    assert.equal(answers.find(({ status }) => status === 200)?.body['state'], 'done');
    assert.equal((await admin.house.keys.find(key))?.state, 'revoked');
    assert.equal((await decide('approve', id, approver.key)).status, 409);
    const found: (string | undefined)[] = [];
    for await (const { entry } of admin.house.ledger.search({ target: key, kind: 'key.revoked' }))
      found.push(entry.actor);
    assert.deepEqual(found, [asker.id]);
    for await (const { entry } of admin.house.ledger.search({ target: id, kind: 'request.approved' })) {
      assert.equal(entry.actor, approver.id);
      assert.equal(entry.detail?.['askedBy'], asker.id);
    }
  });

  it('keeps times that were said as "ago" where they were when it was asked', async () => {
    const id = await ask();
    const asked = await admin.house.operators.requests.find(id);
    admin.clock.advance(600_000);
    await decide('approve', id, approver.key);
    assert.deepEqual((await admin.house.operators.requests.find(id))?.input, asked?.input);
  });

  it('is never who asked: not by the same key, another key, a session, nor a key the asker made', async () => {
    const id = await ask();
    const refused = async (by: { key?: string; cookie?: string }) => {
      const headers = { ...any, ...(by.cookie !== undefined && { origin }) };
      const answer = await admin.ask('POST /api/requests/:id/approve', { ...by, input: { id }, headers });
      assert.deepEqual([answer.status, answer.body['code']], [403, 'approval.own'], answer.text);
    };
    await refused({ key: asker.key });
    const another = await admin.ask('POST /api/session/key', { key: asker.key, input: { expires: '1h' } });
    await refused({ key: String(another.body['key']) });
    await refused({ cookie: cookieOf(await admin.ask('POST /api/session', { input: { key: asker.key } })) });

    const puppet = await ask(asker.key, 'POST /api/operators', { name: 'puppet', roles: ['security'] });
    assert.equal((await decide('approve', puppet, approver.key)).body['state'], 'approved');
    const made = await decide('collect', puppet, asker.key);
    const puppetKey = (made.body['result'] as { key: string }).key;
    await refused({ key: puppetKey });
    await refused({ cookie: cookieOf(await admin.ask('POST /api/session', { input: { key: puppetKey } })) });
    const washed = await admin.ask('POST /api/session/key', { key: puppetKey, input: { expires: '1h' } });
    await refused({ key: String(washed.body['key']) });
    assert.equal(await stateOf(id), 'waiting');
    assert.equal((await decide('approve', id, approver.key)).status, 200);
  });

  const operators = () => admin.house.operators;
  const made = async (by: string, roles: string[]) => {
    const operator = operators().sessions.byKey(by);
    assert.ok(operator);
    const issued = await operators().create({ name: 'made', roles, expiresInMs: 3_600_000 }, operator);
    return { id: issued.operator.id, keyId: issued.keyId, key: issued.key.reveal() };
  };
  const isRefused = async (id: string, by: string) => {
    const answer = await decide('approve', id, by);
    assert.deepEqual([answer.status, answer.body['code']], [403, 'approval.own'], answer.text);
    assert.match(String(answer.body['title']), /not independent/);
    assert.equal(await stateOf(id), 'waiting');
  };

  it('is nobody the asker made, and nobody who made the asker, over any operators in between, also when those are gone', async () => {
    const first = await admin.operator('owner');
    const second = await made(first.key, ['owner']);
    const third = await made(second.key, ['owner']);
    await operators().disable(second.id, socketOperator);
    await operators().revokeKey(second.id, second.keyId, socketOperator);
    await isRefused(await ask(first.key), third.key);
    await isRefused(await ask(third.key), first.key);
    const washed = await admin.ask('POST /api/session/key', { key: third.key, input: { expires: '1h' } });
    await isRefused(await ask(first.key), String(washed.body['key']));
    assert.equal((await decide('approve', await ask(third.key), approver.key)).status, 200);
  });

  it('is not another operator of the one who made the asker', async () => {
    const maker = await admin.operator('owner');
    const [one, other] = [await made(maker.key, ['owner']), await made(maker.key, ['security'])];
    await isRefused(await ask(one.key), other.key);
  });

  it('is nobody whose roles or state the asker changed', async () => {
    const changer = await admin.operator('owner');
    const by = operators().sessions.byKey(changer.key);
    assert.ok(by);
    const [promoted, freed] = [await admin.operator('auditor'), await admin.operator('security')];
    await operators().changeRoles(promoted.id, ['security'], by);
    await operators().disable(freed.id, socketOperator);
    await operators().enable(freed.id, by);
    for (const { key } of [promoted, freed]) await isRefused(await ask(changer.key), key);
    assert.equal((await decide('approve', await ask(), promoted.key)).status, 200, 'what others ask');
  });

  it('is needed for what gives a permission that who asks lacks, whichever it is', async () => {
    const security = await admin.operator('security');
    const target = await admin.operator('reader');
    const acts: [string, object, number][] = [
      ['POST /api/operators', { name: 'x', roles: ['auditor'] }, 200],
      ['POST /api/operators', { name: 'x', roles: ['reader'] }, 202],
      ['POST /api/operators', { name: 'x', roles: ['auditor', 'saver'] }, 202],
      ['POST /api/operators/:id/roles', { id: target.id, roles: ['auditor'] }, 202],
      ['POST /api/operators/:id/keys', { id: (await admin.operator('developer')).id }, 202],
    ];
    let confers: unknown;
    for (const [name, input, status] of acts) {
      const answer = await admin.ask(name, { key: security.key, input: { ...input }, headers: any });
      assert.equal(answer.status, status, `${name} ${JSON.stringify(input)}`);
      confers = answer.body['confers'];
    }
    assert.deepEqual(confers, ['read usage', 'read policy', 'read system']);
  });

  it('approved no more than what was asked: rights that came since are not given', async () => {
    const target = await admin.operator('developer');
    const id = await ask(asker.key, 'POST /api/operators/:id/keys', { id: target.id });
    assert.equal((await decide('approve', id, approver.key)).body['state'], 'approved');
    await operators().changeRoles(target.id, ['developer', 'owner'], socketOperator);
    const answer = await decide('collect', id, asker.key);
    assert.equal(answer.status, 409, answer.text);
    assert.ok(!answer.text.includes('sto_'));
    assert.equal(await stateOf(id), 'failed');
  });

  it('can see in the ledger whose key somebody acted with', async () => {
    const made1 = await made(asker.key, ['owner']);
    await admin.ask('POST /api/keys', {
      key: made1.key,
      input: { name: 'n', role: 'developer', expires: '1d' },
    });
    await admin.ask('GET /api/keys', { key: made1.key });
    await admin.ask('POST /api/session', { input: { key: made1.key } });
    const id = await ask(made1.key);
    await decide('approve', id, approver.key);
    const found = new Map<string, unknown>();
    for await (const { entry } of admin.house.ledger.search({ actor: made1.id, limit: 1000 }))
      found.set(entry.kind, entry.detail?.['issuedBy']);
    for (const kind of ['key.created', 'access.read', 'operator.signed-in', 'request.asked', 'request.ended'])
      assert.equal(found.get(kind), asker.id, kind);
    for await (const { entry } of admin.house.ledger.search({ actor: asker.id, limit: 1000 }))
      assert.equal(entry.detail?.['issuedBy'], undefined, entry.kind);
  });

  it('must have the permission, at the time', async () => {
    const id = await ask();
    const second = await admin.operator('second');
    const auditor = await admin.operator('auditor');
    assert.equal((await decide('approve', id, auditor.key)).status, 403);
    await admin.house.operators.changeRoles(second.id, ['auditor'], socketOperator);
    assert.equal((await decide('approve', id, second.key)).status, 403);
    assert.equal(await stateOf(id), 'waiting');
  });

  it('finds it failed where who asked may no longer do it', async () => {
    const leaving = await admin.operator('owner');
    const id = await ask(leaving.key);
    await admin.house.operators.disable(leaving.id, socketOperator);
    const answer = await decide('approve', id, approver.key);
    assert.deepEqual([answer.body['state'], answer.body['reason']], ['failed', 'operator.forbidden']);
    assert.equal((await decide('approve', id, approver.key)).status, 409);
  });

  it('finds it failed where it could not be done', async () => {
    const id = await ask(asker.key, 'POST /api/keys/:id/rotate', { id: await newKey() });
    await decide('approve', id, approver.key);
    const asked = await admin.house.operators.requests.find(id);
    await admin.house.keys.revoke((asked?.input as { id: string } | undefined)?.id ?? '', 'owner');
    assert.equal((await decide('collect', id, asker.key)).status, 409);
    assert.equal(await stateOf(id), 'failed');
  });

  it('refuses with a reason, which stands with the request and not in the ledger', async () => {
    const id = await ask();
    const answer = await decide('refuse', id, approver.key, { reason: 'ask somebody first' });
    assert.deepEqual([answer.body['state'], answer.body['reason']], ['refused', 'ask somebody first']);
    assert.equal((await decide('approve', id, approver.key)).status, 409);
    for await (const { entry } of admin.house.ledger.search({ limit: 1000 }))
      assert.ok(!JSON.stringify(entry).includes('somebody'));
  });

  it('is not needed to withdraw, which is for who asked alone', async () => {
    const id = await ask();
    assert.equal((await decide('withdraw', id, approver.key)).status, 403);
    assert.equal((await decide('withdraw', id, asker.key)).body['state'], 'withdrawn');
    assert.equal((await decide('approve', id, approver.key)).status, 409);
  });

  it('comes too late after a while', async () => {
    const id = await ask();
    admin.clock.advance(3_600_000);
    assert.equal((await decide('approve', id, approver.key)).status, 409);
    assert.equal(await stateOf(id), 'expired');
    assert.ok((await count('request.expired')) >= 1);
  });

  it('does not see what is shown once: who asked collects it, once', async () => {
    const id = await ask(asker.key, 'POST /api/operators', { name: 'b', roles: ['owner'] });
    const approved = await decide('approve', id, approver.key);
    assert.equal(approved.body['state'], 'approved');
    assert.ok(!approved.text.includes('sto_'));
    assert.equal((await decide('collect', id, approver.key)).status, 404);
    const collected = await Promise.all([decide('collect', id, asker.key), decide('collect', id, asker.key)]);
    assert.deepEqual(
      collected.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 409],
    );
    assert.equal(await stateOf(id), 'done');
  });

  it('is needed for operators with power, and their keys; not for others, nor to disable', async () => {
    const plain = await admin.operator('auditor');
    const strong = await admin.operator('security');
    const powers: [string, object, number][] = [
      ['POST /api/operators', { name: 'x', roles: ['auditor'] }, 200],
      ['POST /api/operators', { name: 'x', roles: ['security'] }, 202],
      ['POST /api/operators', { name: 'x', roles: ['developer', 'second'] }, 202],
      ['POST /api/operators/:id/roles', { id: plain.id, roles: ['operator'] }, 200],
      ['POST /api/operators/:id/roles', { id: plain.id, roles: ['owner'] }, 202],
      ['POST /api/operators/:id/roles', { id: strong.id, roles: ['auditor'] }, 202],
      ['POST /api/operators/:id/keys', { id: plain.id }, 202],
      ['POST /api/operators/:id/keys', { id: strong.id }, 202],
      ['POST /api/operators/:id/disable', { id: strong.id }, 200],
      ['POST /api/operators/:id/enable', { id: strong.id }, 202],
    ];
    for (const [name, input, status] of powers)
      assert.equal(
        (await admin.ask(name, { key: asker.key, input: { ...input }, headers: any })).status,
        status,
        `${name} ${JSON.stringify(input)}`,
      );
  });

  it('is needed also by the owner of the folder, once there is one', async () => {
    const answer = await admin.askSocket(prune, { input: { olderThan: '400d' } });
    assert.equal(answer.status, 202);
    assert.equal(
      (await decide('approve', String(answer.body['request']), approver.key)).body['state'],
      'done',
    );
  });

  describe('is done without when the glass is broken', () => {
    const breakGlass = (by: string, reason: string, name = prune, input: object = { olderThan: '400d' }) =>
      admin.ask(name, { key: by, input: { ...input }, headers: { ...any, 'surety-break-glass': reason } });

    it('at once, with an entry, a line in the log and a count', async () => {
      const earlier = await count('access.break-glass');
      const answer = await breakGlass(asker.key, 'incident');
      assert.equal(answer.status, 200, answer.text);
      assert.equal(await count('access.break-glass'), earlier + 1);
      assert.ok(
        admin.log.some(
          (line) =>
            line.includes('"level":"error"') &&
            line.includes('break-glass: an operator acted alone where a second person is needed'),
        ),
      );
      assert.equal(admin.glass.at(-1), 'incident');
      const done = (await admin.house.operators.requests.list()).findLast(
        ({ reason }) => reason === 'incident',
      );
      assert.deepEqual([done?.state, done?.askedBy, done?.decidedBy], ['done', asker.id, asker.id]);
    });

    it('with a reason of the policy, by who may, where it is needed, and not otherwise', async () => {
      assert.equal((await breakGlass(asker.key, 'because')).status, 400);
      const breaker = await admin.operator('operator');
      assert.equal(
        (await breakGlass(breaker.key, 'incident', 'POST /api/keys/:id/revoke', { id: await newKey() }))
          .status,
        403,
      );
      assert.equal(
        (
          await breakGlass(asker.key, 'incident', 'POST /api/keys', {
            name: 'n',
            role: 'developer',
            expires: '1d',
          })
        ).status,
        400,
      );
      assert.equal(admin.glass.length, 1);
    });
  });
});

describe('the first operator', () => {
  it('is made by the owner of the folder alone, and only while nobody could approve', async () => {
    const admin = await openAdmin('version: 1\n');
    const create = (roles: string[]) =>
      admin.askSocket('POST /api/operators', { input: { name: 'a', roles } });
    const first = await create(['owner']);
    assert.equal(first.status, 200, first.text);
    assert.deepEqual(await admin.kinds(), ['request.waived', 'operator.created', 'request.ended']);
    assert.equal((await create(['owner'])).status, 202);
    const { id } = first.body as { id: string };
    await admin.house.operators.disable(id, socketOperator);
    assert.equal((await create(['owner'])).status, 200, 'nobody could let anybody in any more');
    await admin.close();
  });
});
