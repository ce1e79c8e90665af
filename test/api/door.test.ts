import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { socketOperator } from '../../src/enforce/identity/index.ts';
import { createDoor } from '../../src/serve/index.ts';
import { cookieOf, openAdmin, origin, type TestAdmin } from '../support/admin.ts';

const policy = `
version: 1
identity: { operators: { sessions: { idle: 10m, longest: 2h } } }
`;

describe('the door of the console port', () => {
  let admin: TestAdmin;
  before(async () => {
    admin = await openAdmin(policy);
  });
  after(() => admin.close());

  const signIn = async (role = 'auditor', cookie?: string) => {
    const operator = await admin.operator(role);
    const answer = await admin.ask('POST /api/session', {
      input: { key: operator.key },
      ...(cookie !== undefined && { cookie, headers: { origin } }),
    });
    assert.equal(answer.status, 200, answer.text);
    return { ...operator, cookie: cookieOf(answer), session: String(answer.body['session']), answer };
  };
  const isOpen = async (cookie: string) => (await admin.ask('GET /api/session', { cookie })).status === 200;
  const codeOf = async (...question: Parameters<TestAdmin['ask']>) => {
    const { status, body } = await admin.ask(...question);
    return `${status} ${String(body['code'])}`;
  };

  describe('asks where a request comes from', () => {
    it('and answers under loopback names with its own port only: a name is what DNS rebinding looks like', async () => {
      const { key } = await admin.operator('auditor');
      for (const host of ['127.0.0.1:8081', 'localhost:8081', '[::1]:8081', 'LOCALHOST:8081'])
        assert.equal((await admin.ask('GET /api/session', { key, headers: { host } })).status, 200, host);
      for (const host of [
        'evil.example',
        'evil.example:8081',
        'localhost',
        'localhost:9',
        '127.0.0.1.evil.example:8081',
        '10.0.0.1:8081',
        'x@127.0.0.1:8081',
        '',
      ])
        for (const name of ['GET /api/session', 'GET /sign-in', 'POST /api/session'])
          assert.equal(
            await codeOf(name, { key, headers: { host } }),
            '421 operator.host',
            `${name} ${host}`,
          );
    });

    it('and believes no loopback name that came in from elsewhere', async () => {
      const door = createDoor({
        api: admin.api,
        operators: admin.house.operators,
        system: () => 'x',
        provider: () => undefined,
        clock: admin.clock,
        refused() {},
      });
      const request = new Request(`${origin}/api/session`, { headers: { host: '127.0.0.1:8081' } });
      const from = { localAddress: '10.0.0.5', localPort: 8081, remoteAddress: '10.0.0.9' };
      assert.equal((await door.fetch(request, from)).status, 421);
    });

    it('and refuses pages of other sites, whatever they send', async () => {
      const { cookie, key } = await signIn();
      for (const stranger of [
        'https://evil.example',
        'null',
        'http://localhost:8081',
        'http://127.0.0.1:9',
        'https://127.0.0.1:8081',
      ])
        for (const by of [{ cookie }, { key }, {}])
          assert.equal(
            await codeOf('GET /api/session', { ...by, headers: { origin: stranger } }),
            '403 operator.origin',
            stranger,
          );
      for (const site of ['cross-site', 'same-site'])
        assert.equal(
          await codeOf('GET /api/session', { cookie, headers: { 'sec-fetch-site': site } }),
          '403 operator.origin',
        );
      for (const site of ['same-origin', 'none'])
        assert.equal(
          (await admin.ask('GET /api/session', { cookie, headers: { 'sec-fetch-site': site } })).status,
          200,
        );
    });

    it('and lets a person come to a page by a link from elsewhere, not a page of another site load it', async () => {
      const come = (mode: string) =>
        admin.ask('GET /sign-in', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': mode } });
      assert.equal((await come('navigate')).status, 200);
      assert.equal((await come('no-cors')).status, 403);
      const posted = { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } };
      assert.equal((await admin.ask('POST /sign-in', posted)).status, 403);
    });

    it('and takes no write by cookie that does not say it is ours', async () => {
      const { cookie } = await signIn();
      assert.equal(await codeOf('POST /api/session/end', { cookie }), '403 operator.origin');
      assert.equal(await codeOf('POST /sign-out', { cookie }), '403 operator.origin');
      assert.ok(await isOpen(cookie));
      assert.equal((await admin.ask('POST /api/session/end', { cookie, headers: { origin } })).status, 200);
    });

    it('and takes one credential, not two', async () => {
      const { cookie, key } = await signIn();
      assert.equal(await codeOf('GET /api/session', { cookie, key }), '400 credential.ambiguous');
      assert.equal(
        await codeOf('GET /api/session', { cookie: `${cookie}; ${cookie}` }),
        '401 operator.unauthenticated',
      );
    });

    it('and forbids pages everything they do not need', async () => {
      for (const name of ['GET /', 'GET /sign-in', 'GET /api/session', 'GET /nowhere']) {
        const { headers } = await admin.ask(name);
        const policyOf = headers.get('content-security-policy') ?? '';
        assert.match(policyOf, /default-src 'none'/);
        assert.match(policyOf, /frame-ancestors 'none'/);
        assert.ok(!policyOf.includes('unsafe') && !policyOf.includes('script-src'));
        assert.equal(headers.get('x-content-type-options'), 'nosniff');
        assert.equal(headers.get('cache-control'), 'no-store');
        assert.equal(headers.get('access-control-allow-origin'), null);
      }
    });
  });

  describe('keeps sessions', () => {
    it('in a cookie that scripts, other sites and other hosts do not get', async () => {
      const { answer, cookie } = await signIn();
      const [set = ''] = answer.headers.getSetCookie();
      assert.match(set, /^surety-session=[\w-]{43}; Path=\/; Max-Age=7200; HttpOnly; SameSite=Strict$/);
      const token = cookie.split('=')[1] ?? '';
      for (const text of [
        ...admin.log,
        JSON.stringify(await admin.house.store.db.selectFrom('operator_sessions').selectAll().execute()),
      ])
        assert.ok(!text.includes(token), 'the token is kept somewhere');
    });

    it('under __Host- and Secure where the address is https', async () => {
      await admin.setPolicy(
        'version: 1\nidentity: { operators: { address: https://console.example.com } }\n',
      );
      const { key } = await admin.operator('auditor');
      const answer = await admin.ask('POST /api/session', {
        input: { key },
        headers: { host: 'console.example.com' },
      });
      assert.match(
        answer.headers.getSetCookie()[0] ?? '',
        /^__Host-surety-session=[\w-]{43}; Path=\/; .*HttpOnly; SameSite=Strict; Secure$/,
      );
      const cookie = cookieOf(answer);
      assert.equal(
        (await admin.ask('GET /api/session', { cookie, headers: { host: 'console.example.com' } })).status,
        200,
      );
      const plain = cookie.replace('__Host-', '');
      assert.equal(
        (await admin.ask('GET /api/session', { cookie: plain, headers: { host: 'console.example.com' } }))
          .status,
        401,
      );
      const foreign = {
        cookie,
        headers: { host: 'console.example.com', origin: 'http://console.example.com' },
      };
      assert.equal(await codeOf('GET /api/session', foreign), '403 operator.origin');
      await admin.setPolicy(policy);
    });

    it('until they were not used for a while, or lasted long enough, by the policy of now', async () => {
      const idle = await signIn();
      admin.clock.advance(599_000);
      assert.ok(await isOpen(idle.cookie));
      admin.clock.advance(599_000);
      assert.ok(await isOpen(idle.cookie), 'using it did not count');
      admin.clock.advance(600_000);
      assert.ok(!(await isOpen(idle.cookie)));
      const long = await signIn();
      for (let count = 0; count < 13; count++) {
        admin.clock.advance(540_000);
        assert.ok(await isOpen(long.cookie));
      }
      admin.clock.advance(180_000);
      assert.ok(!(await isOpen(long.cookie)));
      const shortened = await signIn();
      admin.clock.advance(120_000);
      await admin.setPolicy('version: 1\nidentity: { operators: { sessions: { longest: 1m } } }\n');
      assert.ok(!(await isOpen(shortened.cookie)));
      await admin.setPolicy(policy);
    });

    it('until they are revoked, in the middle of what they do', async () => {
      const { cookie, session } = await signIn();
      const owner = await admin.operator('owner');
      assert.ok(await isOpen(cookie));
      assert.equal(
        (await admin.ask('POST /api/sessions/:id/revoke', { key: owner.key, input: { id: session } })).status,
        200,
      );
      assert.ok(!(await isOpen(cookie)));
      const listed = await admin.ask('GET /api/sessions', { key: owner.key });
      assert.ok(!listed.text.includes(session));
    });

    it('until the key they began with is revoked', async () => {
      const { cookie, id } = await signIn();
      const keyId = admin.house.operators.find(id)?.keys[0]?.id ?? '';
      await admin.house.operators.revokeKey(id, keyId, socketOperator);
      assert.ok(!(await isOpen(cookie)));
    });

    it('of a disabled operator no more, from the moment it is disabled, and not after the ledger knows', async () => {
      const { cookie, key, id } = await signIn();
      const disabling = admin.house.operators.disable(id, socketOperator);
      while (admin.house.operators.find(id)?.state === 'active')
        await new Promise((resolve) => setImmediate(resolve));
      assert.ok(!(await isOpen(cookie)));
      assert.equal((await admin.ask('GET /api/session', { key })).status, 401);
      await disabling;
      assert.equal((await admin.ask('POST /api/session', { input: { key } })).status, 401);
      assert.equal((await admin.ask('GET /', { cookie })).status, 303);
    });

    it('that somebody else chose for nobody: signing in makes a new one and ends the old', async () => {
      const attacker = await signIn();
      const victim = await signIn('operator', attacker.cookie);
      assert.notEqual(victim.cookie, attacker.cookie);
      assert.ok(!(await isOpen(attacker.cookie)), 'the session that was planted goes on');
      const invented = `surety-session=${'a'.repeat(43)}`;
      const fresh = await signIn('auditor', invented);
      assert.notEqual(fresh.cookie, invented);
      assert.ok(!(await isOpen(invented)));
    });

    it('that cannot be made into a key that outlives them', async () => {
      const { cookie, id } = await signIn('owner');
      const own = await admin.ask('POST /api/session/key', {
        cookie,
        headers: { origin },
        input: { expires: '30d' },
      });
      assert.equal(own.status, 409);
      const headers = { origin, 'if-match': '*' };
      const issued = await admin.ask('POST /api/operators/:id/keys', { cookie, headers, input: { id } });
      assert.equal(issued.status, 202, 'no second person was needed');
    });

    it('ten of one operator at most: the oldest ends', async () => {
      const { key } = await admin.operator('auditor');
      const cookies: string[] = [];
      for (let count = 0; count < 11; count++) {
        cookies.push(cookieOf(await admin.ask('POST /api/session', { input: { key } })));
        admin.clock.advance(10);
      }
      assert.ok(!(await isOpen(cookies[0] ?? '')));
      assert.ok(await isOpen(cookies[1] ?? ''));
      assert.ok(await isOpen(cookies[10] ?? ''));
    });
  });

  it('slows down who guesses, and nobody else', async () => {
    const refused: string[] = [];
    const door = createDoor({
      api: admin.api,
      operators: admin.house.operators,
      system: () => 'x',
      provider: () => undefined,
      clock: admin.clock,
      refused: ({ code, address }) => void refused.push(`${code} ${address}`),
    });
    const { key } = await admin.operator('auditor');
    const ask = (given: string, remoteAddress: string) => {
      const headers = { host: '127.0.0.1:8081', authorization: `Bearer ${given}` };
      const request = new Request(`${origin}/api/session`, { headers });
      return door.fetch(request, { localAddress: '127.0.0.1', localPort: 8081, remoteAddress });
    };
    for (let count = 0; count < 10; count++) assert.equal((await ask('sto_x', '2001:db8::1')).status, 401);
    const slowed = await ask('sto_x', '2001:db8::ffff');
    assert.equal(slowed.status, 429);
    assert.match(slowed.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    assert.equal((await ask(key, '2001:db8::1')).status, 200, 'a good key is not kept out');
    assert.equal((await ask('sto_x', '2001:db8:1::1')).status, 401, 'others are');
    admin.clock.advance(60_000);
    assert.equal((await ask('sto_x', '2001:db8::1')).status, 401);
    assert.equal(refused.length, 13);
  });

  it('counts failures by the address behind a proxy of the policy, and believes nobody else about an address', async () => {
    await admin.setPolicy(
      'version: 1\nidentity: { operators: { sessions: { idle: 10m, longest: 2h }, proxies: [10.0.0.0/8] } }\n',
    );
    const refused: string[] = [];
    const door = createDoor({
      api: admin.api,
      operators: admin.house.operators,
      system: () => 'x',
      provider: () => undefined,
      clock: admin.clock,
      refused: ({ address }) => void refused.push(address),
    });
    const ask = (remoteAddress: string, forwarded: string) => {
      const headers = { host: '127.0.0.1:8081', authorization: 'Bearer sto_x', 'x-forwarded-for': forwarded };
      const request = new Request(`${origin}/api/session`, { headers });
      return door.fetch(request, { localAddress: '127.0.0.1', localPort: 8081, remoteAddress });
    };
    for (let count = 0; count < 10; count++)
      assert.equal((await ask('::ffff:10.0.0.1', '192.0.2.1')).status, 401);
    assert.equal((await ask('10.0.0.2', '192.0.2.1')).status, 429, 'by way of another proxy');
    assert.equal((await ask('10.0.0.1', '192.0.2.2')).status, 401, 'another behind the same proxy');
    for (let count = 0; count < 10; count++) await ask('198.51.100.1', `192.0.2.${count + 10}`);
    assert.equal((await ask('198.51.100.1', '192.0.2.99')).status, 429, 'what no proxy says is not believed');
    assert.deepEqual([...new Set(refused)], ['192.0.2.1', '192.0.2.2', '198.51.100.1']);
    await admin.setPolicy(policy);
  });

  describe('has pages', () => {
    const form = (key: string, headers: Record<string, string> = {}) =>
      admin.ask('GET /sign-in').then(async () => {
        const door = createDoor({
          api: admin.api,
          operators: admin.house.operators,
          system: () => '<b>Bank & Co</b>',
          provider: () => undefined,
          clock: admin.clock,
          refused() {},
        });
        const sent = {
          host: '127.0.0.1:8081',
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        };
        const request = new Request(`${origin}/sign-in`, {
          method: 'POST',
          body: new URLSearchParams({ key }),
          headers: sent,
        });
        return door.fetch(request, {
          localAddress: '127.0.0.1',
          localPort: 8081,
          remoteAddress: '127.0.0.1',
        });
      });

    it('to sign in with a key, to see who is signed in, and to sign out', async () => {
      const { key, id } = await admin.operator('auditor');
      const answer = await form(key, { origin });
      assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/']);
      const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      const page = await admin.ask('GET /', { cookie });
      assert.match(page.text, new RegExp(id));
      assert.match(page.text, /Signed in as test auditor/);
      assert.equal((await admin.ask('GET /sign-in', { cookie })).status, 303);
      const out = await admin.ask('POST /sign-out', { cookie, headers: { origin } });
      assert.equal(out.status, 303);
      assert.match(out.headers.getSetCookie()[0] ?? '', /^surety-session=; .*Max-Age=0/);
      assert.ok(!(await isOpen(cookie)));
    });

    it('that say what was wrong without saying what was sent, and write no markup that is not theirs', async () => {
      const answer = await form('sto_<script>alert(1)</script>', { origin });
      const text = await answer.text();
      assert.equal(answer.status, 401);
      assert.match(text, /role="alert">The operator key is not accepted/);
      assert.ok(!text.includes('script') && !text.includes('<b>'));
      assert.match(text, /&#60;b&#62;Bank &#38; Co/);
      assert.equal(answer.headers.getSetCookie().length, 0);
    });

    it('that another site cannot send a form to', async () => {
      const { key } = await admin.operator('auditor');
      const answer = await form(key, { origin: 'https://evil.example' });
      assert.equal(answer.status, 403);
      assert.equal(answer.headers.getSetCookie().length, 0);
    });
  });
});
