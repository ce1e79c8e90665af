import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { socketOperator } from '../../src/enforce/identity/index.ts';
import { apiRoutes } from '../../src/serve/index.ts';
import { cookieOf, openAdmin, origin, type TestAdmin } from '../support/admin.ts';
import { keepingCases } from '../support/keeping-routes.ts';
import type { RouteCase } from '../support/route-case.ts';

const issuer = 'https://login.example.com/';
const policy = `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [ { match: /v1/**, wire: openai, models: { gpt: echo } } ] }
data: { capture: { routes: { /v1/**: {} } } }
identity:
  tokens: [{ issuer: "${issuer}", audience: ai, roles: groups }]
  roles: { developer: { may: [call /v1/**] } }
  operators: { roles: { nothing: { may: [read policy] } } }
`;

const key = async ({ house }: TestAdmin) =>
  (await house.keys.create({ name: 'n', role: 'developer', expiresInMs: 3_600_000 }, 'owner')).record.id;
const revocation = async ({ house }: TestAdmin) =>
  (await house.tokens.revoke({ issuer, tokenId: `j${Math.random()}` }, 'owner')).id;
const withdrawal = async ({ house }: TestAdmin) =>
  (await house.withdrawals.withdraw({ kind: 'role', name: 'developer' }, 'owner')).id;
const session = async (admin: TestAdmin) => {
  const signedIn = await admin.ask('POST /api/session', {
    input: { key: (await admin.operator('auditor')).key },
  });
  return { cookie: cookieOf(signedIn), id: String(signedIn.body['session']) };
};
/** A request that somebody else asked. */
const waiting = async ({ house }: TestAdmin, by = socketOperator) =>
  (
    await house.operators.requests.ask(
      { act: 'prune ledger', route: 'POST /api/ledger/prune', input: { olderThan: 0 } },
      by,
    )
  ).id;
/** A review, and a key in it that is undecided. */
const review = async (admin: TestAdmin) => {
  const principal = await key(admin);
  const { id } = await admin.house.reviews.create({}, 'owner');
  await admin.house.reviews.gather();
  return { id, principal };
};
const any = { 'if-match': '*' };
const month = { since: '24h', until: '0s', out: '/tmp/x' };

/** For every route; one without a case fails the first test. */
const cases: Readonly<Record<string, RouteCase>> = {
  'GET /api/keys': { good: () => ({ input: { limit: 5 } }), bad: { limit: 5000 } },
  'POST /api/keys': {
    good: () => ({ input: { name: 'n', role: 'developer', expires: '30d' } }),
    bad: { expires: 'soon' },
  },
  'GET /api/keys/:id': { good: async (admin) => ({ input: { id: await key(admin) } }) },
  'POST /api/keys/:id/rotate': {
    good: async (admin) => ({ input: { id: await key(admin), overlap: '1h' }, headers: any }),
    bad: { overlap: '-1h' },
  },
  'POST /api/keys/:id/revoke': { good: async (admin) => ({ input: { id: await key(admin) }, headers: any }) },
  'GET /api/tokens/revocations': { good: () => ({ input: { limit: 3 } }), bad: { limit: -1 } },
  'POST /api/tokens/revocations': {
    good: () => ({ input: { issuer, issuedBefore: '1h' } }),
    bad: { issuedBefore: 'later' },
  },
  'GET /api/tokens/revocations/:id': {
    good: async (admin) => ({ input: { id: await revocation(admin) } }),
  },
  'POST /api/tokens/revocations/:id/restore': {
    good: async (admin) => ({ input: { id: await revocation(admin) }, headers: any }),
  },
  'GET /api/withdrawals': { good: () => ({}), bad: { limit: 0 } },
  'POST /api/withdrawals': {
    good: () => ({ input: { kind: 'role', name: 'developer' } }),
    bad: { name: 'nobody' },
  },
  'GET /api/withdrawals/:id': { good: async (admin) => ({ input: { id: await withdrawal(admin) } }) },
  'POST /api/withdrawals/:id/restore': {
    good: async (admin) => ({ input: { id: await withdrawal(admin) }, headers: any }),
  },
  'GET /api/ledger/entries': {
    good: () => ({ input: { since: '24h', limit: '5' } }),
    bad: { since: 'yesterday' },
  },
  'GET /api/ledger/entries/:id': {
    async good({ house }) {
      for await (const { entry } of house.ledger.search({ limit: 1 })) return { input: { id: entry.id } };
      return {};
    },
    bad: { proof: 'yes' },
  },
  'GET /api/revocation': { good: () => ({}) },
  'GET /api/ledger': { good: () => ({}) },
  'GET /api/ledger/consistency': { good: () => ({ input: { first: '1' } }), bad: { first: '0' } },
  'POST /api/ledger/export': {
    good: (admin) => ({
      input: { ...month, out: `${admin.house.folder.paths.folder}/export-${Math.random()}` },
    }),
    bad: { since: 'yesterday' },
    socket: true,
  },
  'POST /api/ledger/export/download': {
    good: () => ({ input: { since: '24h', until: '0s' } }),
    bad: { since: 'yesterday' },
  },
  'POST /api/backup/download': { good: () => ({}) },
  'POST /api/ledger/prune': {
    good: () => ({ input: { olderThan: '400d' } }),
    status: 202,
    bad: { olderThan: 'old' },
  },
  'GET /api/system': { good: () => ({}) },
  'POST /api/backup': {
    good: (admin) => ({ input: { out: `${admin.house.folder.paths.folder}-backup-${Math.random()}` } }),
    bad: { out: 5 },
    socket: true,
  },
  'POST /api/session': {
    good: async (admin) => ({ key: undefined, input: { key: (await admin.operator('auditor')).key } }),
    bad: { key: 5 },
  },
  'GET /api/session': { good: () => ({}) },
  'POST /api/session/end': {
    good: async (admin) => ({ cookie: (await session(admin)).cookie, headers: { origin } }),
  },
  'POST /api/session/key': { good: () => ({ input: { expires: '1d' } }), bad: { expires: '10y' } },
  'GET /api/sessions': { good: () => ({}), bad: { cursor: '*' } },
  'POST /api/sessions/:id/revoke': { good: async (admin) => ({ input: { id: (await session(admin)).id } }) },
  'POST /api/operators/:id/sessions/revoke': {
    good: async (admin) => ({ input: { id: (await admin.operator('auditor')).id } }),
  },
  'GET /api/operators': { good: () => ({}), bad: { limit: 0 } },
  'POST /api/operators': {
    good: () => ({ input: { name: 'a', roles: ['auditor'] } }),
    bad: { roles: [] },
  },
  'GET /api/operators/:id': {
    good: async (admin) => ({ input: { id: (await admin.operator('auditor')).id } }),
  },
  'POST /api/operators/:id/roles': {
    good: async (admin) => ({
      input: { id: (await admin.operator('auditor')).id, roles: ['operator'] },
      headers: any,
    }),
    bad: { roles: 'operator' },
  },
  'POST /api/operators/:id/disable': {
    good: async (admin) => ({ input: { id: (await admin.operator('auditor')).id }, headers: any }),
  },
  'POST /api/operators/:id/enable': {
    good: async (admin) => ({ input: { id: (await admin.operator('auditor')).id }, headers: any }),
    status: 202,
  },
  'POST /api/operators/:id/keys': {
    good: async (admin) => ({
      input: { id: (await admin.operator('auditor')).id, expires: '1d' },
      headers: any,
    }),
    status: 202,
    bad: { expires: 'never' },
  },
  'POST /api/operators/:id/keys/:key/revoke': {
    async good(admin) {
      const { id } = await admin.operator('auditor');
      return { input: { id, key: admin.house.operators.find(id)?.keys[0]?.id }, headers: any };
    },
  },
  'GET /api/requests': { good: () => ({ input: { state: 'waiting' } }), bad: { state: 'lost' } },
  'GET /api/requests/:id': { good: async (admin) => ({ input: { id: await waiting(admin) } }) },
  'POST /api/requests/:id/approve': {
    good: async (admin) => ({ input: { id: await waiting(admin) }, headers: any }),
  },
  'POST /api/requests/:id/refuse': {
    good: async (admin) => ({ input: { id: await waiting(admin), reason: 'no' }, headers: any }),
    bad: { reason: '' },
  },
  'POST /api/requests/:id/withdraw': {
    async good(admin) {
      const asker = await admin.operator('owner');
      const by = admin.house.operators.sessions.byKey(asker.key) ?? socketOperator;
      return { key: asker.key, input: { id: await waiting(admin, by) } };
    },
  },
  'POST /api/requests/:id/collect': {
    async good(admin) {
      const asker = await admin.operator('owner');
      const asked = await admin.ask('POST /api/operators', {
        key: asker.key,
        input: { name: 'b', roles: ['owner'] },
      });
      const id = String(asked.body['request']);
      await admin.house.operators.requests.approve(id, socketOperator);
      return { key: asker.key, input: { id } };
    },
  },
  'GET /api/access': {
    good: () => ({ input: { principal: 'auditor', action: 'read ledger' } }),
    bad: { principal: '' },
  },
  'GET /api/openapi.json': { good: () => ({}) },
  'POST /api/policy/replay': { good: () => ({ input: { candidate: policy } }), bad: { since: 'soon' } },
  'GET /api/usage': { good: () => ({ input: { by: 'team,month' } }), bad: { by: 'weather' } },
  'GET /api/reviews': { good: () => ({}), bad: { limit: 0 } },
  'POST /api/reviews': { good: () => ({ input: { since: '30d' } }), bad: { since: 'soon' } },
  'GET /api/reviews/:id': { good: async (admin) => ({ input: { id: (await review(admin)).id } }) },
  'GET /api/reviews/:id/principals': {
    good: async (admin) => ({ input: { id: (await review(admin)).id, state: 'undecided' } }),
    bad: { state: 'unsure' },
  },
  'POST /api/reviews/:id/principals/:principal/proposal': {
    good: async (admin) => ({ input: { ...(await review(admin)), role: 'developer' } }),
    bad: { role: 5 },
  },
  'POST /api/reviews/:id/principals/:principal/decision': {
    good: async (admin) => ({ input: { ...(await review(admin)), decision: 'revoke', reason: 'left' } }),
    bad: { decision: 'perhaps' },
  },
  'POST /api/reviews/:id/refresh': {
    good: async (admin) => ({ input: { id: (await review(admin)).id }, headers: any }),
    bad: { since: 'soon' },
  },
  'POST /api/reviews/:id/close': {
    async good(admin) {
      const { reviews, keys } = admin.house;
      // Keys of the cases before would be in it too.
      await Promise.all((await keys.list()).map((one) => keys.revoke(one.id, 'owner')));
      const { id } = await review(admin);
      for (const one of await reviews.principals(id))
        if (one.state === 'undecided')
          await reviews.decide(
            { review: id, principal: one.id },
            { decision: 'keep', reason: 'used', operator: 'somebody' },
          );
      return { input: { id }, headers: any };
    },
  },
  ...keepingCases,
};

describe('every route of the admin API', () => {
  let admin: TestAdmin;
  let owner: string;
  let nothing: string;
  before(async () => {
    admin = await openAdmin(policy);
    owner = (await admin.operator('owner')).key;
    nothing = (await admin.operator('nothing')).key;
  });
  after(() => admin.close());

  it('has a case here', () => {
    const names = apiRoutes.map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(names.toSorted(), Object.keys(cases).toSorted());
    assert.equal(new Set(names).size, names.length);
  });

  for (const route of apiRoutes) {
    const name = `${route.method} ${route.path}`;
    const found: RouteCase = cases[name] ?? { good: () => ({}) };
    const { good, status = 200, bad, socket } = found;
    const isProblem = (answer: { headers: Headers; body: Record<string, unknown> }, code: string) => {
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.equal(answer.body['code'], code);
    };
    const isOpen = route.permission === 'anyone';

    describe(name, () => {
      it('works', async () => {
        const question = await good(admin);
        const withKey = question.cookie === undefined && !isOpen ? { key: owner, ...question } : question;
        const answer = socket ? await admin.askSocket(name, question) : await admin.ask(name, withKey);
        assert.equal(answer.status, status, answer.text);
        if (route.download) assert.equal(answer.headers.get('content-type'), route.download.contentType);
        else if (status === 200) assert.ok(route.output.safeParse(answer.body).success, answer.text);
        else assert.equal(answer.body['state'], 'waiting');
      });

      it('refuses what is not valid, and says where', async () => {
        const { cookie: _cookie, key: _key, ...question } = await good(admin);
        const asker = { ...question, ...(isOpen ? {} : { key: owner }) };
        const send = socket ? admin.askSocket : admin.ask;
        for (const wrong of [{ nonsense: 'x' }, ...(bad ? [bad] : [])]) {
          const answer = await send(name, { ...asker, input: { ...question.input, ...wrong } });
          assert.equal(answer.status, 400, answer.text);
          isProblem(answer, 'api.invalid');
          const [field = ''] = Object.keys(wrong);
          assert.ok(String(answer.body['title']).includes(field), answer.text);
        }
      });

      it('is refused to who may not', async () => {
        if (isOpen || route.permission === 'signed in') return;
        const answer = await admin.ask(name, { ...(await good(admin)), cookie: undefined, key: nothing });
        assert.equal(answer.status, 403, answer.text);
        isProblem(answer, 'operator.forbidden');
        assert.ok(String(answer.body['title']).includes(`"${route.permission}"`));
      });

      it('is refused to who is nobody', async () => {
        if (isOpen) return;
        const question = { ...(await good(admin)), cookie: undefined, key: undefined };
        const answer = await admin.ask(name, question);
        assert.equal(answer.status, 401, answer.text);
        isProblem(answer, 'operator.unauthenticated');
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
      });

      it('is refused to a page of another site, whoever looks at it', async () => {
        const question = await good(admin);
        const headers = { ...question.headers, origin: 'https://evil.example' };
        const answer = await admin.ask(name, { ...question, key: owner, cookie: undefined, headers });
        assert.equal(answer.status, 403);
        isProblem(answer, 'operator.origin');
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
      });

      if (route.path.includes(':id')) {
        it('says that there is no such thing', async () => {
          for (const id of ['nobody', '../keys', "' or 1=1", 'é']) {
            const { cookie: _cookie, ...question } = await good(admin);
            const answer = await admin.ask(name, {
              key: owner,
              ...question,
              input: { ...question.input, id },
            });
            assert.equal(answer.status, 404, answer.text);
            isProblem(answer, 'api.not-found');
          }
        });
      }

      if (route.changes) {
        it('needs to know which state it changes', async () => {
          const { cookie: _cookie, headers: _headers, ...question } = await good(admin);
          const without = await admin.ask(name, { key: owner, ...question });
          assert.equal(without.status, 428, without.text);
          isProblem(without, 'api.precondition-required');
          const stale = await admin.ask(name, {
            key: owner,
            ...question,
            headers: { 'if-match': '"stale"' },
          });
          assert.equal(stale.status, 412, stale.text);
          isProblem(stale, 'api.precondition-failed');
          const read = `GET ${route.changes?.path ?? ''}`;
          const present = await admin.ask(read, { key: owner, input: { id: question.input?.['id'] } });
          const etag = present.headers.get('etag') ?? '';
          assert.match(etag, /^"[\w-]{22}"$/);
          const right = await admin.ask(name, { key: owner, ...question, headers: { 'if-match': etag } });
          assert.equal(right.status, status, right.text);
        });
      }
    });
  }
});
