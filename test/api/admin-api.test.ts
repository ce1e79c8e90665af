import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { apiRoutes, createAdminApi, folderOwner } from '../../src/serve/index.ts';
import { openAdmin, type TestAdmin } from '../support/admin.ts';

const policy = `
version: 1
identity: { roles: { developer: { may: [call /v1/**] } } }
`;

describe('the admin API', () => {
  let admin: TestAdmin;
  let owner: string;
  before(async () => {
    admin = await openAdmin(policy);
    owner = (await admin.operator('owner')).key;
  });
  after(() => admin.close());
  const createKey = (extra: object = {}) =>
    admin.ask('POST /api/keys', {
      key: owner,
      input: { name: 'n', role: 'developer', expires: '1d', ...extra },
    });

  it('has nothing at other paths, nor for other methods', async () => {
    for (const name of [
      'GET /api',
      'GET /api/',
      'GET /api/keys/',
      'POST /api/ledger',
      'DELETE /api/keys',
      'OPTIONS /api/keys',
      'PUT /x',
    ]) {
      const answer = await admin.ask(name, { key: owner });
      assert.equal(answer.status, 404, name);
      assert.equal(answer.headers.get('access-control-allow-methods'), null);
    }
  });

  it('takes a body that is a JSON object of bounded size, and no other', async () => {
    const send = (body: string, type = 'application/json') =>
      admin.api.fetch(
        new Request('http://surety/api/keys', { method: 'POST', body, headers: { 'content-type': type } }),
        folderOwner,
      );
    for (const body of ['[]', 'null', '5', '{', '"x"']) assert.equal((await send(body)).status, 400, body);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])
      assert.equal((await send('{}', type)).status, 415, type);
    assert.equal((await send(JSON.stringify({ name: 'x'.repeat(300_000) }))).status, 413);
  });

  it('acts on the id of the path, whatever the body says', async () => {
    const [first, second] = [(await createKey()).body['id'], (await createKey()).body['id']];
    const url = `http://surety/api/keys/${String(first)}/revoke?id=${String(second)}`;
    const body = JSON.stringify({ id: second });
    await admin.api.fetch(
      new Request(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
      folderOwner,
    );
    assert.equal((await admin.house.keys.find(String(first)))?.state, 'revoked');
    assert.equal((await admin.house.keys.find(String(second)))?.state, 'active');
  });

  it('shows a key in the answer that made it, and nowhere else', async () => {
    const made = await createKey();
    const key = String(made.body['key']);
    assert.match(key, /^sty_/);
    const made2 = await admin.ask('POST /api/operators', {
      key: owner,
      input: { name: 'a', roles: ['auditor'] },
    });
    const operatorKey = String(made2.body['key']);
    assert.match(operatorKey, /^sto_/);
    const reads = [
      'GET /api/keys',
      'GET /api/operators',
      'GET /api/ledger/entries',
      'GET /api/requests',
      'GET /api/session',
    ];
    const texts = await Promise.all(reads.map(async (name) => (await admin.ask(name, { key: owner })).text));
    for (const text of [...texts, ...admin.log])
      for (const secret of [key, operatorKey, owner]) assert.ok(!text.includes(secret));
  });

  it('shows nothing of an error nobody foresaw, and logs its place without its text', async () => {
    const broken = Object.assign(Object.create(admin.house.keys) as typeof admin.house.keys, {
      find: async () => {
        throw new TypeError('at /var/lib/surety with sk-secret-4711');
      },
    });
    const { adminServices } = await import('../../src/app/admin-services.ts');
    const services = adminServices({
      house: { ...admin.house, keys: broken },
      policyProblem: () => undefined,
      readiness: () => ({ status: 200, body: '{}' }),
    });
    const api = createAdminApi({ routes: apiRoutes, services, log: admin.house.log });
    const answer = await api.fetch(new Request('http://surety/api/keys/key_x'), folderOwner);
    assert.equal(answer.status, 500);
    const text = await answer.text();
    assert.match(text, /"internal"/);
    assert.ok(admin.log.some((line) => line.includes('an operator request failed')));
    for (const said of [text, ...admin.log]) assert.ok(!said.includes('4711'), said);
  });

  it('refuses a proof from a checkpoint that the ledger has not reached', async () => {
    const answer = await admin.ask('GET /api/ledger/consistency', {
      key: owner,
      input: { first: 1_000_000 },
    });
    assert.deepEqual([answer.status, answer.body['code']], [409, 'api.conflict']);
  });

  it('gives every key once over its pages', async () => {
    for (let count = 0; count < 7; count++) await createKey();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const input = { limit: 3, ...(cursor !== undefined && { cursor }) };
      const answer = await admin.ask('GET /api/keys', { key: owner, input });
      seen.push(...(answer.body['keys'] as { id: string }[]).map(({ id }) => id));
      cursor = answer.body['next'] as string | undefined;
    } while (cursor !== undefined);
    assert.equal(new Set(seen).size, seen.length);
    assert.deepEqual(seen.toSorted(), (await admin.house.keys.list()).map(({ id }) => id).toSorted());
  });

  it('gives the ledger page by page, both ways, from any page of it', async () => {
    for (const order of ['oldest', 'newest']) {
      const seen: number[] = [];
      let cursor: string | undefined;
      do {
        const input = { order, kind: 'key.created', limit: 2, ...(cursor !== undefined && { cursor }) };
        const { body } = await admin.ask('GET /api/ledger/entries', { key: owner, input });
        seen.push(...(body['entries'] as { index: number }[]).map(({ index }) => index));
        cursor = body['next'] as string | undefined;
      } while (cursor !== undefined);
      assert.equal(seen.length, (await admin.house.keys.list()).length);
      assert.deepEqual(
        seen,
        seen.toSorted((a, b) => (order === 'oldest' ? a - b : b - a)),
      );
    }
  });

  it('lets one of two changes of the same state through', async () => {
    const { id } = await admin.operator('auditor');
    const read = await admin.ask('GET /api/operators/:id', { key: owner, input: { id } });
    const headers = { 'if-match': read.headers.get('etag') ?? '' };
    const change = (role: string) =>
      admin.ask('POST /api/operators/:id/roles', { key: owner, headers, input: { id, roles: [role] } });
    const statuses = (await Promise.all([change('operator'), change('developer')])).map(
      ({ status }) => status,
    );
    assert.deepEqual(
      statuses.toSorted((a, b) => a - b),
      [200, 412],
    );
  });

  describe('records reading', () => {
    const reads = async () => {
      const found: {
        actor?: string | undefined;
        target?: string | undefined;
        detail?: object | undefined;
      }[] = [];
      for await (const { entry } of admin.house.ledger.search({
        kind: 'access.read',
        order: 'oldest',
        limit: 1000,
      }))
        found.push(entry);
      return found;
    };

    it('of the ledger and of what is known of credentials: who, and what was asked', async () => {
      const { id, key } = await admin.operator('auditor');
      await admin.ask('GET /api/ledger/entries', {
        key,
        input: { kind: 'key.created', actor: 'ada@example.com', since: '1h' },
      });
      await admin.ask('GET /api/keys', { key });
      const mine = (await reads()).filter(({ actor }) => actor === id);
      assert.deepEqual(
        mine.map(({ target }) => target),
        ['GET /api/ledger/entries', 'GET /api/keys'],
      );
      const text = JSON.stringify(mine);
      assert.match(text, /"kind":"key\.created","actor":"other"/);
      assert.ok(!text.includes('example.com'));
    });

    it('of who polls once and then counted, so that polling floods nothing', async () => {
      const { id, key } = await admin.operator('auditor');
      const mine = async () => (await reads()).filter(({ actor }) => actor === id);
      for (let count = 0; count < 50; count++)
        await admin.ask('GET /api/keys', { key, input: { limit: 1 + count } });
      assert.equal((await mine()).length, 1);
      admin.clock.advance(400_000);
      await admin.ask('GET /api/keys', { key });
      const counted = await mine();
      assert.equal(counted.length, 3);
      assert.deepEqual(counted[1]?.detail, { asked: {}, count: 49 });
    });
  });
});
