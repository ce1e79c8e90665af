import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { socketOperator } from '../../src/enforce/identity/index.ts';
import { cookieOf, openAdmin, origin, type TestAdmin } from '../support/admin.ts';
import { logIn, startProvider, testClient, type TestProvider } from '../support/sign-in-provider.ts';
import { type Lies, type LyingProvider, startLyingProvider } from '../support/lying-provider.ts';

const policyOf = (issuer: string, roles = '{ admins: owner, audit: [auditor, developer] }') => `
version: 1
identity:
  operators:
    address: ${origin}
    oidc: { issuer: "${issuer}", client: ${testClient.id}, secret: "env:OIDC_SECRET", claim: groups, roles: ${roles}, private: true }
`;
const environment = { OIDC_SECRET: testClient.secret };

/** The session's cookie of an answer that may drop others. */
const sessionOf = (answer: { headers: Headers }): string =>
  answer.headers
    .getSetCookie()
    .find((set) => set.startsWith('surety-session='))
    ?.split(';', 1)[0] ?? '';

const begin = async (admin: TestAdmin) => {
  const answer = await admin.ask('GET /sign-in/oidc');
  assert.equal(answer.status, 303, answer.text);
  const url = new URL(answer.headers.get('location') ?? '');
  return { url, cookie: cookieOf(answer), state: url.searchParams.get('state') ?? '' };
};
const comeBack = (admin: TestAdmin, callback: URL, cookie?: string) =>
  admin.ask('GET /sign-in/callback', {
    input: Object.fromEntries(callback.searchParams),
    cookie,
    headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  });

describe('sign-in with a real identity provider', () => {
  let admin: TestAdmin;
  let provider: TestProvider;
  before(async () => {
    provider = await startProvider([`${origin}/sign-in/callback`]);
    provider.groups.set('ada', ['admins', 'everyone']);
    provider.groups.set('bob', ['audit']);
    provider.groups.set('eve', ['everyone', 'constructor']);
    admin = await openAdmin(policyOf(provider.issuer), environment);
  });
  after(async () => {
    await admin.close();
    await provider.close();
  });

  const signIn = async (name: string) => {
    const { url, cookie } = await begin(admin);
    return comeBack(admin, await logIn(url.href, name), cookie);
  };
  const who = async (cookie: string) => (await admin.ask('GET /api/session', { cookie })).body;

  it('takes code, PKCE, state and nonce, in a login that is bound to the browser', async () => {
    const { url, cookie } = await begin(admin);
    for (const name of ['state', 'nonce', 'code_challenge'])
      assert.ok((url.searchParams.get(name) ?? '').length >= 43, name);
    assert.deepEqual(
      ['response_type', 'code_challenge_method', 'redirect_uri', 'client_id'].map((name) =>
        url.searchParams.get(name),
      ),
      ['code', 'S256', `${origin}/sign-in/callback`, testClient.id],
    );
    assert.match(cookie, /^surety-login=[\w-]{43}$/);
    assert.ok(!url.href.includes(cookie.slice(13)));
  });

  it('gives the roles of the claims, by the policy of now', async () => {
    const answer = await signIn('ada');
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /http-equiv="refresh"/);
    const cookie = sessionOf(answer);
    const first = await who(cookie);
    assert.deepEqual([first['roles'], first['name']], [['owner'], 'ada Example']);
    await admin.setPolicy(policyOf(provider.issuer, '{ admins: auditor }'));
    assert.deepEqual((await who(cookie))['roles'], ['auditor']);
    await admin.setPolicy(policyOf(provider.issuer));
    assert.deepEqual((await who(sessionOf(await signIn('bob'))))['roles'], ['auditor', 'developer']);
  });

  it('makes one operator of one person, and tells the ledger no name and no subject', async () => {
    const earlier = admin.house.operators.list().length;
    await signIn('ada');
    await signIn('ada');
    assert.equal(admin.house.operators.list().length, earlier);
    for await (const { entry } of admin.house.ledger.search({ limit: 1000 }))
      assert.ok(!/ada|Example|admins/.test(JSON.stringify(entry)), JSON.stringify(entry));
    const rows = JSON.stringify(
      await admin.house.store.db.selectFrom('operators').select(['subject', 'claims']).execute(),
    );
    assert.ok(!rows.includes('"ada') && !rows.includes('everyone'));
  });

  it('refuses who has no role, and makes no operator of them', async () => {
    const earlier = admin.house.operators.list().length;
    const answer = await signIn('eve');
    assert.equal(answer.status, 403);
    assert.equal(sessionOf(answer), '');
    assert.equal(admin.house.operators.list().length, earlier);
  });

  it('refuses an operator that is disabled here, whatever the provider says', async () => {
    const { operator } = await who(sessionOf(await signIn('bob')));
    await admin.house.operators.disable(String(operator), socketOperator);
    const answer = await signIn('bob');
    assert.equal(answer.status, 403);
    assert.equal(sessionOf(answer), '');
    await admin.house.operators.enable(String(operator), socketOperator);
  });

  it('takes a code once, from the browser that began, with its own state', async () => {
    const one = await begin(admin);
    const callback = await logIn(one.url.href, 'ada');
    const stolen = await begin(admin);
    assert.equal(
      (await comeBack(admin, callback, stolen.cookie)).status,
      502,
      'another browser, another state',
    );
    assert.equal((await comeBack(admin, callback)).status, 400, 'no cookie');
    assert.equal((await comeBack(admin, callback, 'surety-login=made-up')).status, 400);
    assert.equal((await comeBack(admin, callback, one.cookie)).status, 200);
    assert.equal((await comeBack(admin, callback, one.cookie)).status, 400, 'the login was taken');
    const again = await begin(admin);
    const replayed = new URL(callback);
    replayed.searchParams.set('state', again.state);
    const answer = await comeBack(admin, replayed, again.cookie);
    assert.equal(answer.status, 502, 'a code was taken twice');
    assert.equal(sessionOf(answer), '');
  });

  it('lets a login wait ten minutes, no longer', async () => {
    const { url, cookie } = await begin(admin);
    const callback = await logIn(url.href, 'ada');
    admin.clock.advance(600_000);
    assert.equal((await comeBack(admin, callback, cookie)).status, 400);
  });

  it('ends the session that was there before', async () => {
    const first = sessionOf(await signIn('ada'));
    const { url, cookie } = await begin(admin);
    const answer = await comeBack(admin, await logIn(url.href, 'ada'), `${cookie}; ${first}`);
    assert.equal(answer.status, 200);
    assert.equal((await admin.ask('GET /api/session', { cookie: first })).status, 401);
  });

  it('cannot be stopped for others by one who begins logins without end, nor is a login under way lost by that', async () => {
    const patient = await begin(admin);
    for (let count = 0; count < 1500; count++)
      assert.equal((await admin.ask('GET /sign-in/oidc')).status, 303);
    const callback = await logIn(patient.url.href, 'ada');
    assert.equal((await comeBack(admin, callback, patient.cookie)).status, 200);
  });

  it('takes no cookie of a login that was altered, also in one bit', async () => {
    const { url, cookie } = await begin(admin);
    const callback = await logIn(url.href, 'ada');
    const [name = '', value = ''] = cookie.split('=');
    const bytes = Buffer.from(value, 'base64url');
    for (const place of [0, 5, 6, 15, 16, 31]) {
      const altered = Buffer.from(bytes);
      altered[place] = (altered[place] ?? 0) ^ 1;
      const answer = await comeBack(admin, callback, `${name}=${altered.toString('base64url')}`);
      assert.equal(answer.status, 400, `byte ${place}`);
    }
    assert.equal((await comeBack(admin, callback, cookie)).status, 200);
  });

  it('takes every right from the sessions of a person whose last group is gone, and of nobody else', async () => {
    provider.groups.set('cleo', ['admins']);
    const ada = sessionOf(await signIn('ada'));
    const cleo = sessionOf(await signIn('cleo'));
    const rights = async (cookie: string) => (await admin.ask('GET /api/operators', { cookie })).status;
    assert.deepEqual([await rights(ada), await rights(cleo)], [200, 200]);
    provider.groups.set('cleo', ['everyone']);
    const refused = await signIn('cleo');
    assert.deepEqual([refused.status, sessionOf(refused)], [403, '']);
    assert.deepEqual([await rights(ada), await rights(cleo)], [200, 403]);
    assert.deepEqual((await who(cleo))['permissions'], []);
  });

  it('takes them also while the ledger cannot record it', async () => {
    provider.groups.set('fay', ['admins']);
    const fay = sessionOf(await signIn('fay'));
    provider.groups.set('fay', []);
    const { url, cookie } = await begin(admin);
    const callback = await logIn(url.href, 'fay');
    const { outbox } = admin.house;
    const { deliver } = outbox;
    outbox.deliver = () => Promise.reject(new Error('down'));
    try {
      assert.notEqual((await comeBack(admin, callback, cookie)).status, 200);
      assert.equal(
        (await admin.ask('GET /api/session', { cookie: fay })).body['permissions']?.toString(),
        '',
      );
    } finally {
      outbox.deliver = deliver;
    }
  });

  it('takes from a session at once what the next sign-in no longer gives, and records the change', async () => {
    provider.groups.set('dan', ['admins']);
    const first = sessionOf(await signIn('dan'));
    const { operator } = await who(first);
    provider.groups.set('dan', ['audit']);
    await signIn('dan');
    assert.deepEqual((await who(first))['roles'], ['auditor', 'developer']);
    const roles: unknown[] = [];
    for await (const { entry } of admin.house.ledger.search({
      target: String(operator),
      kind: 'operator.changed',
    }))
      roles.push(entry.detail?.['roles']);
    assert.deepEqual(roles, [['auditor', 'developer']]);
  });
});

describe('sign-in with a provider that lies', () => {
  let admin: TestAdmin;
  let provider: LyingProvider;
  before(async () => {
    provider = await startLyingProvider();
    admin = await openAdmin(policyOf(provider.issuer), environment);
  });
  beforeEach(() => {
    provider.lies = {};
    admin.clock.advance(3_600_000);
  });
  after(async () => {
    await admin.close();
    await provider.close();
  });

  const attempt = async (lies: Lies, more: Readonly<Record<string, string>> = {}) => {
    const { url, cookie, state } = await begin(admin);
    provider.nonce = url.searchParams.get('nonce') ?? '';
    provider.lies = lies;
    const callback = new URL(`${origin}/sign-in/callback`);
    const given = { code: 'c', state, iss: provider.issuer, ...more };
    for (const [name, value] of Object.entries(given)) callback.searchParams.set(name, value);
    const answer = await comeBack(admin, callback, cookie);
    return { status: answer.status, session: sessionOf(answer), text: answer.text };
  };
  const now = () => Math.floor(Date.now() / 1000);

  it('works while it does not lie', async () => {
    const { status, session } = await attempt({});
    assert.equal(status, 200);
    assert.notEqual(session, '');
  });

  const lies: Readonly<Record<string, () => [Lies, Readonly<Record<string, string>>?]>> = {
    'another state': () => [{}, { state: 'x'.repeat(43) }],
    'another nonce': () => [{ claims: { nonce: 'other' } }],
    'no nonce': () => [{ claims: { nonce: undefined } }],
    'another issuer in the token': () => [{ claims: { iss: 'https://evil.example' } }],
    'another issuer in the answer': () => [{}, { iss: 'https://evil.example' }],
    'another audience': () => [{ claims: { aud: 'other' } }],
    'two audiences and another party': () => [{ claims: { aud: [testClient.id, 'other'], azp: 'other' } }],
    'a token that is over': () => [{ claims: { exp: now() - 3600, iat: now() - 7200 } }],
    'a token without an end': () => [{ claims: { exp: undefined } }],
    'no subject': () => [{ claims: { sub: undefined } }],
    'an empty subject': () => [{ claims: { sub: '' } }],
    'a subject of blanks': () => [{ claims: { sub: '   ' } }],
    'a subject that is longer than 255': () => [{ claims: { sub: 'x'.repeat(256) } }],
    'a subject with control characters': () => [{ claims: { sub: 'ada\u0000' } }],
    'a subject that is no text': () => [{ claims: { sub: 7 } }],
    'a token from the future': () => [{ claims: { iat: now() + 7200, exp: now() + 9000 } }],
    'a token of no time': () => [{ claims: { iat: 'now' } }],
    'a token without a time': () => [{ claims: { iat: undefined } }],
    'a token that ends before it begins': () => [{ claims: { iat: now() + 30, exp: now() + 20 } }],
    'a token that is not to be used yet': () => [{ claims: { nbf: now() + 7200 } }],
    'a signature by another key': () => [{ otherKey: true }],
    'no signature': () => [{ unsigned: true }],
    'another algorithm': () => [{ header: { alg: 'HS256' } }],
    'an error': () => [{ status: 400, body: '{"error":"invalid_grant","error_description":"secret-4711"}' }],
    'no JSON': () => [{ body: '<html>secret-4711' }],
    'a long answer': () => [{ body: `{"x":"${'x'.repeat(300_000)}"}` }],
    'an error of the authorization': () => [{}, { error: 'access_denied', error_description: 'secret-4711' }],
  };
  for (const [name, lie] of Object.entries(lies)) {
    it(`refuses ${name}`, async () => {
      const { status, session, text } = await attempt(...lie());
      assert.equal(status, 502);
      assert.equal(session, '');
      for (const said of [text, ...admin.log]) assert.ok(!said.includes('4711'), said);
    });
  }

  it('shows a name in a hundred characters at most, and never the subject in its place', async () => {
    const nameOf = async (claims: Readonly<Record<string, unknown>>) => {
      const { session } = await attempt({ claims });
      return String((await admin.ask('GET /api/session', { cookie: session })).body['name']);
    };
    assert.equal(
      await nameOf({ sub: 'sub-1', name: '\u{1F600}'.repeat(100_000 / 4) }),
      '\u{1F600}'.repeat(100),
    );
    assert.equal(await nameOf({ sub: 'sub-2', name: 'A\u202e\u0000\ud800da' }), 'Ada');
    assert.equal(await nameOf({ sub: 'sub-3', name: undefined }), 'unnamed');
    assert.equal(await nameOf({ sub: 'sub-4', name: { first: 'Ada' }, preferred_username: 'ada' }), 'ada');
  });

  it('gives no role to a claim that is no text, no list of texts, or too long', async () => {
    for (const groups of [
      { admins: true },
      [['admins']],
      [{ admins: 1 }],
      ['x'.repeat(300)],
      7,
      null,
      '__proto__',
    ])
      assert.equal((await attempt({ claims: { sub: 'grace', groups } })).status, 403, JSON.stringify(groups));
    const many = [...Array.from({ length: 20_000 }, (_, index) => `g${index}`), 'admins'];
    assert.notEqual((await attempt({ claims: { sub: 'grace', groups: many } })).status, 200);
  });

  it('refuses a description that is of another issuer, and believes the right one when it comes', async () => {
    provider.lies = { discovery: { issuer: 'https://evil.example' } };
    assert.equal((await admin.ask('GET /sign-in/oidc')).status, 502);
    provider.lies = {};
    assert.equal((await admin.ask('GET /sign-in/oidc')).status, 303);
  });
});
