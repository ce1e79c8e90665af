import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compileIdentity, type Principal } from '../../src/enforce/identity/index.ts';
import { identitySection } from '../../src/enforce/identity/policy-section.ts';
import { startService } from '../support/service.ts';
import { createSigningKey, goodClaims, keySetOf, signToken } from '../support/tokens.ts';
import { describeKeys, isFault, type Process } from './key-process.ts';

const issuer = 'https://login.example.com';
const key = createSigningKey('ES256', 'k');
const folder = mkdtempSync(join(tmpdir(), 'surety-tokens-'));
const keysFile = join(folder, 'keys.json');
writeFileSync(keysFile, JSON.stringify(keySetOf(key)));

const sectionOf = (more: object = {}, roles: object = { developer: { may: ['call /v1/**'] } }) =>
  compileIdentity(
    identitySection.schema.parse({
      roles,
      tokens: [{ issuer, audience: 'ai', longest: '1h', keys: `file:${keysFile}`, roles: 'groups', ...more }],
    }),
  );

after(() => rmSync(folder, { recursive: true }));

describeKeys('tokens', (current) => {
  const token = (running: Process, more: object = {}): string =>
    signToken(key, { ...goodClaims(issuer, running.clock.now()), groups: ['developer'], ...more });
  const open = (running: Process, policy = sectionOf()) => {
    running.policy.current = policy;
    return running.open();
  };
  type Opened = Awaited<ReturnType<Process['open']>>;
  const identify = (opened: Opened, text: string) => opened.identity.identify(text, '192.0.2.7');
  const outcome = async (opened: Opened, text: string): Promise<string> => {
    const known = await identify(opened, text);
    return known.ok ? 'accepted' : (known.reason ?? known.code);
  };
  const principalOf = async (opened: Opened, text: string): Promise<Principal> => {
    const known = await identify(opened, text);
    assert.ok(known.ok);
    return known.principal;
  };

  test('a token that verified is known at once, until it ends', async () => {
    const { running } = current();
    const opened = await open(running);
    const text = token(running);
    const principal = await principalOf(opened, text);
    const again = identify(opened, text);
    assert.ok(!(again instanceof Promise) && again.ok && again.principal === principal);
    assert.ok(opened.identity.isActive(principal));
    running.clock.advance(630_000);
    assert.ok(!opened.identity.isActive(principal));
    assert.equal(await outcome(opened, text), 'token.expired');
    await opened.close();
  });

  test('a revoked token, subject or time is refused before revoking resolves, and after a restart', async () => {
    const { running } = current();
    const opened = await open(running);
    const now = running.clock.now();
    const hour = 3_600_000;
    const by = [
      [
        { tokenId: 'id-of-token' },
        token(running, { sub: 'person-one', jti: 'id-of-token' }),
        token(running, { sub: 'person-one', jti: 'b' }),
      ],
      [
        { subject: 'person-two' },
        token(running, { sub: 'person-two' }),
        token(running, { sub: 'person-three' }),
      ],
      [
        { subject: 'person-four', issuedBefore: now - hour / 2 },
        token(running, { sub: 'person-four', iat: (now - hour + 60_000) / 1000 }),
        token(running, { sub: 'person-four', jti: 'new' }),
      ],
      [
        { issuedBefore: now - hour / 2 },
        token(running, { sub: 'person-five', iat: (now - hour + 60_000) / 1000 }),
        token(running, { sub: 'person-five' }),
      ],
    ] as const;
    for (const [which, bad, good] of by) {
      const principal = await principalOf(opened, bad);
      await principalOf(opened, good);
      const { id } = await opened.tokens.revoke({ issuer, ...which }, 'operator_1');
      assert.equal(await outcome(opened, bad), 'token.revoked', JSON.stringify(which));
      assert.ok(!opened.identity.isActive(principal));
      assert.equal(await outcome(opened, good), 'accepted', JSON.stringify(which));
      const restarted = await running.open();
      assert.equal(await outcome(restarted, bad), 'token.revoked');
      assert.equal(await outcome(restarted, good), 'accepted');
      await restarted.close();
      await opened.tokens.restore(id, 'operator_1');
      assert.equal(await outcome(opened, bad), 'accepted');
    }
    assert.deepEqual(
      running.ledger.entries.map(({ kind, actor }) => `${kind} ${actor}`),
      by.flatMap(() => ['token.revoked operator_1', 'token.restored operator_1']),
    );
    const text = JSON.stringify(running.ledger.entries);
    for (const personal of ['person-one', 'person-two', 'person-four', 'id-of-token'])
      assert.ok(!text.includes(personal), personal);
    await opened.close();
  });

  test('a subject that is revoked is refused with tokens issued later too, unless a time was said', async () => {
    const { running } = current();
    const opened = await open(running);
    await opened.tokens.revoke({ issuer, subject: 'person-one' }, 'operator_1');
    await opened.tokens.revoke(
      { issuer, subject: 'person-two', issuedBefore: running.clock.now() },
      'operator_1',
    );
    running.clock.advance(3_600_000);
    assert.equal(await outcome(opened, token(running, { sub: 'person-one' })), 'token.revoked');
    assert.equal(await outcome(opened, token(running, { sub: 'person-two' })), 'accepted');
    await opened.close();
  });

  test('tokens can be revoked while the ledger is down, and that is recorded when it is back', async () => {
    const { running } = current();
    const opened = await open(running);
    running.ledger.up = false;
    const text = token(running);
    await principalOf(opened, text);
    await opened.tokens.revoke({ issuer, subject: 'subject-canary-51b7' }, 'operator_1');
    assert.equal(await outcome(opened, text), 'token.revoked');
    assert.equal(running.ledger.entries.length, 0);
    running.ledger.up = true;
    while ((await running.outbox.waiting()) > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(running.ledger.entries[0]?.kind, 'token.revoked');
    await opened.close();
  });

  test('tokens are refused in memory even when the store cannot write the revocation', async () => {
    const { running, store } = current();
    const opened = await open(running);
    const text = token(running);
    await principalOf(opened, text);
    await store.db.schema.alterTable('token_revocations').renameTo('gone').execute();
    try {
      const revoking = opened.tokens.revoke({ issuer, tokenId: 'token-1' }, 'operator_1');
      await assert.rejects(revoking, isFault('store.unavailable', /written as soon as the store can be/));
      assert.equal(await outcome(opened, text), 'token.revoked');
    } finally {
      await store.db.schema.alterTable('gone').renameTo('token_revocations').execute();
    }
    await opened.close();
  });

  test('a revocation that an older version made, with an id like a review, still holds and can be restored', async () => {
    const { running, store } = current();
    const row = { id: 'rev_3fT', issuer, token_id: null, subject: null, issued_before: running.clock.now() };
    await store.db
      .insertInto('token_revocations')
      .values({ ...row, created_at: 1 })
      .execute();
    const opened = await open(running);
    const text = token(running);
    assert.equal(await outcome(opened, text), 'token.revoked');
    assert.equal((await opened.tokens.find('rev_3fT'))?.kind, 'issued-before');
    await opened.tokens.restore('rev_3fT', 'o');
    assert.equal(await outcome(opened, text), 'accepted');
    const made = await opened.tokens.revoke({ issuer, tokenId: 'x' }, 'o');
    assert.match(made.id, /^trv_/);
    await opened.close();
  });

  test('what an operator asks for is checked, and the place is named', async () => {
    const { running } = current();
    const opened = await open(running);
    const bad: [object, RegExp][] = [
      [{}, /say which/],
      [{ issuer: 'https://other', subject: 'x' }, /issuer: .*login\.example\.com/],
      [{ subject: '' }, /subject: /],
      [{ tokenId: 'x'.repeat(513) }, /tokenId: /],
      [{ tokenId: 'x', subject: 'y' }, /tokenId: /],
      [{ issuedBefore: Number.NaN }, /issuedBefore: /],
    ];
    for (const [request, detail] of bad)
      await assert.rejects(opened.tokens.revoke({ issuer, ...request }, 'o'), isFault('api.invalid', detail));
    await assert.rejects(opened.tokens.restore('rev_none', 'o'), isFault('api.not-found'));
    await opened.close();
  });

  test('a policy that takes something away takes it from tokens that verified before, and one that adds cuts nobody', async () => {
    const { running } = current();
    const opened = await open(running);
    const text = token(running, { groups: ['developer', 'agent'] });
    const load = (policy: ReturnType<typeof sectionOf>): void => {
      running.policy.current = policy;
      opened.prepare(policy).swap();
    };
    const before = await principalOf(opened, text);
    assert.deepEqual(before.roles, ['developer']);
    const developer = { may: ['call /v1/**'] };
    load(sectionOf({}, { developer, agent: { may: ['call /agents/**'] } }));
    assert.ok(opened.identity.isActive(before), 'a role more cut a call');
    const wider = await principalOf(opened, text);
    assert.deepEqual(wider.roles, ['developer', 'agent']);
    load(sectionOf());
    assert.ok(!opened.identity.isActive(wider));
    assert.deepEqual((await principalOf(opened, text)).roles, ['developer']);
    for (const narrower of [
      { audience: 'other' },
      { algorithms: ['RS256'] },
      { issuer: 'https://x.example' },
    ]) {
      const held = await principalOf(opened, text);
      load(sectionOf(narrower));
      assert.ok(!opened.identity.isActive(held), JSON.stringify(narrower));
      assert.match(await outcome(opened, text), /^token\./);
      load(sectionOf());
      assert.equal(await outcome(opened, text), 'accepted');
    }
    load(compileIdentity(identitySection.schema.parse({})));
    assert.equal(await outcome(opened, text), 'credential.malformed');
    await opened.close();
  });

  test('many calls with one new token at once verify it once, and all are the same caller', async () => {
    const { running } = current();
    const opened = await open(running);
    const text = token(running);
    const all = await Promise.all(Array.from({ length: 100 }, () => principalOf(opened, text)));
    assert.equal(new Set(all).size, 1);
    await opened.close();
  });

  test('the keys of an issuer outlive a restart while it cannot be reached', async () => {
    const { running } = current();
    const service = await startService((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keySetOf(key)));
    });
    const policy = sectionOf({ keys: `${service.url}/keys`, private: true });
    const before = await open(running, policy);
    assert.equal(await outcome(before, token(running)), 'accepted');
    await before.close();
    await service.close();
    running.clock.advance(660_000);
    const later = await open(running, policy);
    assert.equal(await outcome(later, token(running)), 'accepted');
    await later.close();
  });

  test('whoever guesses is slowed down, and who lately worked from there is not', async () => {
    const { running } = current();
    const opened = await open(running);
    const { key: good, record } = await opened.administration.create(
      { name: 'k', role: 'developer', expiresInMs: 86_400_000 },
      'operator_1',
    );
    const known = token(running);
    const ask = async (credential: string, address = '192.0.2.7'): Promise<string> => {
      const answer = await opened.identity.identify(credential, address);
      return answer.ok
        ? answer.principal.kind
        : `${answer.code} ${Math.ceil((answer.retryAfterMs ?? 0) / 1000)}`;
    };
    assert.equal(await ask(good.reveal()), 'key');
    assert.equal(await ask(known), 'token');
    const forged = `${known.slice(0, -4)}AAAA`;
    for (let tries = 0; tries < 60; tries++)
      assert.match(await ask(tries % 2 ? forged : 'sty_guess'), /^credential\.(token|malformed) 0$/);
    for (const guess of [forged, 'sty_guess', token(running, { sub: 'new' })])
      assert.equal(await ask(guess), 'credential.attempts 1');
    assert.equal(await ask(good.reveal()), 'key');
    assert.equal(await ask(known), 'token');
    assert.equal(await ask(token(running, { sub: 'new' }), '198.51.100.9'), 'token');
    await opened.administration.revoke(record.id, 'operator_1');
    assert.equal(await ask(good.reveal()), 'credential.revoked 0');
    running.clock.advance(120_000);
    assert.equal(await ask(token(running, { sub: 'new' })), 'token');
    await opened.close();
  });
});
