import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { builtInRoles } from '../../src/enforce/identity/index.ts';
import { apiRoutes } from '../../src/serve/index.ts';
import { openAdmin, type TestAdmin } from '../support/admin.ts';

const policy = `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [ { match: /v1/**, wire: openai, models: { gpt: echo } } ] }
identity:
  operators:
    approval: { acts: ["* subjects", "* captured"] }
    roles:
      reader: { may: [read captured] }
      keeper: { may: ["* captured"] }
      everything-read: { may: ["read *", "* cases"] }
data: { capture: { routes: { /v1/**: {} } } }
`;
const name = '0199e2c4-7d5e-7000-8000-00000000abcd';
const prompt = 'a very private question';
const any = { 'if-match': '*' };

describe('personal data at the admin API', () => {
  let admin: TestAdmin;
  let owner: { id: string; key: string };
  let second: { id: string; key: string };
  let subject: string;
  let captured: string;
  before(async () => {
    admin = await openAdmin(policy);
    owner = await admin.operator('owner');
    second = await admin.operator('owner');
    const { keeping, vault, newId } = admin.house;
    const reference = vault.keys.take('subject', name);
    assert.ok(reference);
    subject = reference.id;
    keeping.capture.capture({ entryId: newId(), route: '/v1/**', subject: reference, prompt });
    await keeping.capture.flush();
    captured = (await keeping.captured.list({ limit: 1 }))[0]?.id ?? '';
  });
  after(() => admin.close());

  const stored = async (): Promise<string> => {
    const { store, ledger } = admin.house;
    const entries = [];
    for await (const found of ledger.search({ limit: 10_000 })) entries.push(found);
    const tables = ['operator_requests', 'cases', 'captured', 'erasures', 'legal_holds', 'outbox'] as const;
    const rows = await Promise.all(tables.map((table) => store.db.selectFrom(table).selectAll().execute()));
    return JSON.stringify([entries, rows, admin.log]);
  };

  it('is read by whom it was granted by name, and by no grant to read everything', async () => {
    const roles = Object.keys(builtInRoles).filter((role) => role !== 'owner');
    for (const role of [...roles, 'everything-read']) {
      const { key } = await admin.operator(role);
      const input = { id: captured, reason: 'support' };
      assert.equal((await admin.ask('GET /api/captured', { key })).status, 403, role);
      assert.equal((await admin.ask('POST /api/captured/:id/read', { key, input })).status, 403, role);
    }
    for (const role of ['reader', 'keeper']) {
      const { key } = await admin.operator(role);
      assert.equal((await admin.ask('GET /api/captured', { key })).status, 200, role);
    }
  });

  it('that was read after an approval is seen by who asked, once, and not by who approved', async () => {
    const input = { id: captured, reason: 'support' };
    const asked = await admin.ask('POST /api/captured/:id/read', { key: owner.key, input });
    assert.equal(asked.status, 202, asked.text);
    const id = String(asked.body['request']);
    const approved = await admin.ask('POST /api/requests/:id/approve', {
      key: second.key,
      input: { id },
      headers: any,
    });
    assert.equal(approved.body['state'], 'approved');
    assert.ok(!approved.text.includes(prompt));
    const collected = await admin.ask('POST /api/requests/:id/collect', { key: owner.key, input: { id } });
    assert.ok(collected.text.includes(prompt), collected.text);
    assert.equal(
      (await admin.ask('POST /api/requests/:id/collect', { key: owner.key, input: { id } })).status,
      409,
    );
    assert.ok((await admin.kinds()).includes('captured.read'));
  });

  it('is found by a name that then stands nowhere, also one that looks like an id, and also where all else waits for a second person', async () => {
    const found = await admin.ask('POST /api/subjects/find', { key: owner.key, input: { subject: name } });
    assert.deepEqual([found.status, found.body['id']], [200, subject]);
    const missing = await admin.ask('POST /api/subjects/find', {
      key: owner.key,
      input: { subject: `${name}0` },
    });
    assert.equal(missing.status, 404);
    for (const asked of ['GET /api/ledger/entries', 'GET /api/captured'])
      assert.equal((await admin.ask(asked, { key: owner.key, input: { subject: name } })).status, 400);
    for (const path of [
      'GET /api/subjects/:id',
      'POST /api/subjects/:id/erase',
      'POST /api/subjects/:id/export',
    ])
      assert.notEqual(
        (await admin.ask(path, { key: owner.key, input: { id: name, reason: 'support' }, headers: any }))
          .status,
        200,
      );
    const opened = await admin.ask('POST /api/cases', {
      key: owner.key,
      input: { subject: name, kind: 'deletion', law: 'gdpr' },
    });
    assert.equal(opened.status, 200, opened.text);
    const refused = await admin.ask('POST /api/cases/:id/refuse', {
      key: owner.key,
      input: { id: opened.body['id'], ground: 'not-identified', reason: prompt, told: true },
      headers: any,
    });
    assert.equal(refused.status, 200, refused.text);
    const all = await stored();
    for (const text of [name, prompt])
      assert.ok(!all.includes(text), `${text} stands in the store, the ledger or the log`);
  });

  it('that is written down to wait holds no name: routes that name persons never wait', () => {
    const naming = apiRoutes.filter(({ input }) =>
      Object.keys((input as unknown as { shape?: object }).shape ?? {}).some((key) =>
        ['subject', 'note', 'words'].includes(key),
      ),
    );
    const exempt = new Set(['GET /api/ledger/entries', 'GET /api/captured', 'POST /api/tokens/revocations']);
    const unguarded = naming
      .filter(({ method, path, namesPerson }) => !namesPerson && !exempt.has(`${method} ${path}`))
      .map(({ method, path }) => `${method} ${path}`);
    assert.ok(naming.length >= 4);
    assert.deepEqual(unguarded, []);
  });

  it('is erased when another operator approves; what could not be erased does not begin to wait', async () => {
    const hold = await admin.ask('POST /api/retention/holds', {
      key: owner.key,
      input: { scope: subject, matter: 'LIT-2026-17' },
    });
    const erase = () =>
      admin.ask('POST /api/subjects/:id/erase', { key: owner.key, input: { id: subject }, headers: any });
    const held = await erase();
    assert.equal(held.status, 409);
    assert.match(held.text, /subject\.held.*|LIT-2026-17/);
    const release = await admin.ask('POST /api/retention/holds/:id/release', {
      key: owner.key,
      input: { id: hold.body['id'] },
      headers: any,
    });
    assert.equal(release.status, 202);
    const approve = (id: unknown, by: string) =>
      admin.ask('POST /api/requests/:id/approve', { key: by, input: { id }, headers: any });
    assert.equal((await approve(release.body['request'], owner.key)).status, 403);
    assert.equal((await approve(release.body['request'], second.key)).body['state'], 'done');
    const asked = await erase();
    assert.equal(asked.status, 202, asked.text);
    assert.equal((await approve(asked.body['request'], second.key)).body['state'], 'done');
    const erasures = await admin.ask('GET /api/erasures', { key: owner.key });
    const [done] = erasures.body['erasures'] as { id: string; subject: string; erasedBy: string }[];
    assert.deepEqual([done?.subject, done?.erasedBy], [subject, owner.id]);
    const receipt = await admin.ask('GET /api/erasures/:id/receipt', {
      key: owner.key,
      input: { id: done?.id },
    });
    assert.equal(receipt.status, 200, receipt.text);
    assert.equal(
      (await admin.ask('GET /api/subjects/:id', { key: owner.key, input: { id: subject } })).status,
      404,
    );
  });

  it('is not pruned out of the ledger while that is held', async () => {
    const placed = await admin.ask('POST /api/retention/holds', {
      key: owner.key,
      input: { scope: 'ledger', matter: 'LIT-2' },
    });
    assert.equal(placed.status, 200, placed.text);
    const asked = await admin.ask('POST /api/ledger/prune', { key: owner.key, input: { olderThan: '400d' } });
    const approved = await admin.ask('POST /api/requests/:id/approve', {
      key: second.key,
      input: { id: asked.body['request'] },
      headers: any,
    });
    assert.deepEqual([approved.body['state'], approved.body['reason']], ['failed', 'subject.held']);
  });

  it('is of a subject that a policy cannot let wait: such an act is refused where it is loaded', async () => {
    const bad = policy.replace('"* captured"', 'decide cases');
    await assert.rejects(admin.setPolicy(bad), /cannot wait for a second person/);
  });

  it('is wrapped anew by a rotation, which is an entry', async () => {
    const earlier = await admin.ask('GET /api/secrets', { key: owner.key });
    const rotated = await admin.ask('POST /api/secrets/rotate', { key: owner.key });
    const ids = (body: Record<string, unknown>) => (body['versions'] as { id: string }[]).map(({ id }) => id);
    assert.deepEqual([ids(earlier.body), ids(rotated.body)], [['master-1'], ['master-2']]);
    assert.ok(!rotated.text.includes('key"'));
    assert.ok((await admin.kinds()).includes('secrets.rotated'));
  });
});
