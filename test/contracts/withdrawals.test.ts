import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compileIdentity } from '../../src/enforce/identity/index.ts';
import { identitySection } from '../../src/enforce/identity/policy-section.ts';
import { createSigningKey, goodClaims, keySetOf, signToken } from '../support/tokens.ts';
import { create, describeKeys, isFault, outcome, type Process } from './key-process.ts';

const issuer = 'https://login.example.com';
const key = createSigningKey('ES256', 'k');
const folder = mkdtempSync(join(tmpdir(), 'surety-withdrawals-'));
const keysFile = join(folder, 'keys.json');
writeFileSync(keysFile, JSON.stringify(keySetOf(key)));
after(() => rmSync(folder, { recursive: true }));

/** Whoever is in no team of their own falls to `guests`. */
const policy = compileIdentity(
  identitySection.schema.parse({
    roles: { developer: { may: ['call /v1/**'] }, agent: { may: ['call /v1/**'] } },
    teams: { research: {}, guests: {} },
    tokens: [
      {
        issuer,
        audience: 'ai',
        longest: '1h',
        keys: `file:${keysFile}`,
        roles: 'groups',
        team: { claim: 'team', map: { research: 'research' }, otherwise: 'guests' },
      },
    ],
  }),
);

describeKeys('withdrawn roles and teams', (current) => {
  type Opened = Process['opened'];
  const open = (running: Process): Promise<Opened> => {
    running.policy.current = policy;
    return running.open();
  };
  const token = (running: Process, groups: readonly string[], more: object = {}): string =>
    signToken(key, { ...goodClaims(issuer, running.clock.now()), groups, ...more });
  const identify = async (opened: Opened, credential: string) => {
    const known = await opened.identity.identify(credential, '192.0.2.7');
    return known.ok ? known.principal : (known.reason ?? known.code);
  };
  const rolesOf = async (opened: Opened, credential: string) => {
    const known = await identify(opened, credential);
    return typeof known === 'string' ? known : known.roles.join(' ');
  };
  const developer = { kind: 'role', name: 'developer' } as const;

  test('a key of a withdrawn role is refused before withdrawing resolves, and after a restart', async () => {
    const { running } = current();
    const opened = await open(running);
    const [held, other] = [await create(opened), await create(opened, { role: 'agent' })];
    const principal = await identify(opened, held.key.reveal());
    assert.ok(typeof principal !== 'string' && opened.identity.isActive(principal));
    const withdrawal = await opened.withdrawals.withdraw(developer, 'o');
    for (const one of [opened, await open(running)]) {
      assert.equal(outcome(one, held.key.reveal()), 'credential.withdrawn');
      assert.ok(!one.identity.isActive(principal));
      assert.equal(outcome(one, other.key.reveal()), `admitted ${other.record.id}`);
    }
    assert.deepEqual(await opened.withdrawals.list(), [withdrawal]);
    const restored = await opened.withdrawals.restore(withdrawal.id, 'o');
    assert.deepEqual(restored, withdrawal);
    assert.equal(outcome(opened, held.key.reveal()), `admitted ${held.record.id}`);
    assert.ok(opened.identity.isActive(principal));
    assert.deepEqual(
      running.ledger.entries.slice(-2).map(({ kind, detail }) => [kind, detail?.['role']]),
      [
        ['role.withdrawn', 'developer'],
        ['role.restored', 'developer'],
      ],
    );
    await opened.close();
  });

  test('a key and a token of a withdrawn team are refused, and no other', async () => {
    const { running } = current();
    const opened = await open(running);
    const held = await create(opened, { team: 'research' });
    const other = await create(opened);
    const inside = token(running, ['developer'], { team: 'research' });
    const principal = await identify(opened, inside);
    assert.ok(typeof principal !== 'string');
    await opened.withdrawals.withdraw({ kind: 'team', name: 'research' }, 'o');
    assert.equal(outcome(opened, held.key.reveal()), 'credential.withdrawn');
    assert.equal(outcome(opened, other.key.reveal()), `admitted ${other.record.id}`);
    assert.ok(!opened.identity.isActive(principal));
    assert.equal(await identify(opened, inside), 'token.withdrawn');
    assert.equal(await rolesOf(opened, token(running, ['developer'])), 'developer');
    await opened.close();
  });

  test('a withdrawn team does not fall to the team of those without one', async () => {
    const { running } = current();
    const opened = await open(running);
    await opened.withdrawals.withdraw({ kind: 'team', name: 'research' }, 'o');
    assert.equal(
      await identify(opened, token(running, ['developer'], { team: 'research' })),
      'token.withdrawn',
    );
    await opened.close();
  });

  test('a token keeps the roles that are left, and is refused when none is', async () => {
    const { running } = current();
    const opened = await open(running);
    const both = token(running, ['developer', 'agent']);
    const only = token(running, ['developer'], { sub: 'another' });
    const none = token(running, [], { sub: 'third' });
    const before = await identify(opened, both);
    assert.ok(typeof before !== 'string');
    assert.deepEqual(before.roles, ['developer', 'agent']);
    const withdrawal = await opened.withdrawals.withdraw(developer, 'o');
    assert.ok(!opened.identity.isActive(before), 'what it opened by the lost role is cut');
    assert.equal(await rolesOf(opened, both), 'agent');
    assert.equal(await rolesOf(opened, only), 'token.withdrawn');
    // Who never had a role is refused by the gate for what it is: permitted nothing.
    assert.equal(await rolesOf(opened, none), '');
    await opened.withdrawals.restore(withdrawal.id, 'o');
    assert.equal(await rolesOf(opened, both), 'developer agent');
    await opened.close();
  });

  test('a role can be withdrawn while the ledger is down, and that is recorded when it is back', async () => {
    const { running } = current();
    const opened = await open(running);
    const held = await create(opened);
    running.ledger.up = false;
    const { id } = await opened.withdrawals.withdraw(developer, 'o');
    assert.equal(outcome(opened, held.key.reveal()), 'credential.withdrawn');
    await assert.rejects(opened.withdrawals.restore(id, 'o'), isFault('ledger.unavailable'));
    assert.equal(outcome(opened, held.key.reveal()), 'credential.withdrawn', 'nothing is given unrecorded');
    running.ledger.up = true;
    while ((await running.outbox.waiting()) > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      running.ledger.entries.slice(-2).map(({ kind }) => kind),
      ['role.withdrawn', 'role.restored'],
    );
    await opened.close();
  });

  test('a role that the store cannot withdraw is refused as long as the process lives, and that is said', async () => {
    const { running, store } = current();
    const opened = await open(running);
    const held = await create(opened);
    await store.db.schema.alterTable('withdrawals').renameTo('away').execute();
    const withdrawing = opened.withdrawals.withdraw(developer, 'o');
    await assert.rejects(withdrawing, isFault('store.unavailable', /written as soon as the store can be/));
    assert.equal(outcome(opened, held.key.reveal()), 'credential.withdrawn');
    await store.db.schema.alterTable('away').renameTo('withdrawals').execute();
    await opened.close();
  });

  test('withdrawing twice is withdrawing once; what the policy does not have cannot be withdrawn', async () => {
    const { running } = current();
    const opened = await open(running);
    const first = await opened.withdrawals.withdraw(developer, 'o');
    running.clock.advance(1000);
    assert.deepEqual(await opened.withdrawals.withdraw(developer, 'o'), first);
    assert.equal(running.ledger.entries.filter(({ kind }) => kind === 'role.withdrawn').length, 1);
    for (const asked of [
      { kind: 'role', name: 'research' },
      { kind: 'team', name: 'developer' },
      { kind: 'team', name: '__proto__' },
    ] as const)
      await assert.rejects(opened.withdrawals.withdraw(asked, 'o'), isFault('api.invalid', /^.*name: /));
    await assert.rejects(opened.withdrawals.restore('wdr_none', 'o'), isFault('api.not-found'));
    await opened.close();
  });

  test('a role withdrawn while it is being restored stays withdrawn', async () => {
    const { running } = current();
    const opened = await open(running);
    const held = await create(opened);
    const { id } = await opened.withdrawals.withdraw(developer, 'o');
    await Promise.all([
      opened.withdrawals.restore(id, 'o'),
      opened.withdrawals.withdraw(developer, 'o').then(() => opened.withdrawals.withdraw(developer, 'o')),
    ]);
    assert.equal((await opened.withdrawals.list()).length, 1);
    assert.equal(outcome(opened, held.key.reveal()), 'credential.withdrawn');
    await opened.close();
  });
});
