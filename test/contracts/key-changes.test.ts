import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { compileRoles, compileTeams } from '../../src/enforce/identity/index.ts';
import { create, day, describeKeys, developerPolicy, isFault, outcome, roleSection } from './key-process.ts';

describeKeys('changing keys', (current) => {
  test('a key whose creation cannot be recorded never comes into force', async () => {
    const { running } = current();
    running.ledger.up = false;
    await assert.rejects(create(running.opened), isFault('ledger.unavailable', /withdrawn/));
    const [record] = await running.opened.administration.list();
    assert.equal(record?.state, 'revoked');
    running.ledger.up = true;
    while ((await running.outbox.waiting()) > 0) await new Promise((resolve) => setImmediate(resolve));
    const kinds = running.ledger.entries.map(({ kind, actor }) => `${kind} ${actor}`);
    assert.deepEqual(kinds, ['key.created operator_1', 'key.revoked system']);
  });

  test('a key revoked while it is being rotated stays revoked', async () => {
    const { running } = current();
    const { key, record } = await create(running.opened);
    const rotating = running.opened.administration.rotate(record.id, day, 'operator_1');
    const revoking = running.opened.administration.revoke(record.id, 'operator_1');
    await Promise.all([rotating, revoking]);
    assert.equal(outcome(running.opened, key.reveal()), 'credential.revoked');
    assert.equal(outcome(await running.open(), key.reveal()), 'credential.revoked');
  });

  test('rotating keeps name, owner, role, addresses and lifetime, and lets the old key overlap', async () => {
    const { running } = current();
    const old = await create(running.opened, { owner: 'Ada', addresses: ['192.0.2.0/24'] });
    running.clock.advance(10 * day);
    const next = await running.opened.administration.rotate(old.record.id, 3_600_000, 'operator_1');
    for (const kept of ['name', 'owner', 'role', 'addresses'] as const) {
      assert.deepEqual(next.record[kept], old.record[kept], kept);
    }
    assert.equal(next.record.replaces, old.record.id);
    assert.equal(next.record.expiresAt - next.record.createdAt, 30 * day);
    assert.equal(outcome(running.opened, old.key.reveal()), `admitted ${old.record.id}`);
    running.clock.advance(3_600_000);
    assert.equal(outcome(running.opened, old.key.reveal()), 'credential.expired');
    assert.equal(outcome(await running.open(), old.key.reveal()), 'credential.expired');
    assert.equal(outcome(running.opened, next.key.reveal()), `admitted ${next.record.id}`);
    assert.equal(outcome(running.opened, next.key.reveal(), '198.51.100.1'), 'credential.address');
  });

  test('rotating never prolongs the old key', async () => {
    const { running } = current();
    const { record } = await create(running.opened, { expiresInMs: 1000 });
    await running.opened.administration.rotate(record.id, 30 * day, 'operator_1');
    assert.equal((await running.opened.administration.find(record.id))?.expiresAt, record.expiresAt);
  });

  test('a rotation that cannot be recorded leaves the old key as it was', async () => {
    const { running } = current();
    const { key, record } = await create(running.opened);
    running.ledger.up = false;
    await assert.rejects(
      running.opened.administration.rotate(record.id, 0, 'operator_1'),
      isFault('ledger.unavailable'),
    );
    assert.equal((await running.opened.administration.find(record.id))?.expiresAt, record.expiresAt);
    assert.equal(outcome(await running.open(), key.reveal()), `admitted ${record.id}`);
  });

  test('a revoked, expired or missing key cannot be rotated', async () => {
    const { running } = current();
    const { administration } = running.opened;
    const revoked = await create(running.opened);
    await administration.revoke(revoked.record.id, 'operator_1');
    await assert.rejects(
      administration.rotate(revoked.record.id, 0, 'operator_1'),
      isFault('api.conflict', /revoked/),
    );
    const expired = await create(running.opened, { expiresInMs: 1 });
    running.clock.advance(1);
    await assert.rejects(
      administration.rotate(expired.record.id, 0, 'operator_1'),
      isFault('api.conflict', /expired/),
    );
    await assert.rejects(administration.rotate('key_none', 0, 'operator_1'), isFault('api.not-found'));
    await assert.rejects(administration.revoke('key_none', 'operator_1'), isFault('api.not-found'));
  });

  test('a rotated key lives no longer than the policy now allows', async () => {
    const { running } = current();
    const { record } = await create(running.opened);
    running.policy.current = { ...developerPolicy, longestKeyMs: day };
    const next = await running.opened.administration.rotate(record.id, 0, 'operator_1');
    assert.equal(next.record.expiresAt - next.record.createdAt, day);
  });

  test('a key whose role was removed from the policy is no longer active and cannot be rotated', async () => {
    const { running } = current();
    const { record } = await create(running.opened);
    const { identity, administration } = running.opened;
    const principal = {
      kind: 'key',
      id: record.id,
      roles: ['developer'],
      team: undefined,
      expiresAt: record.expiresAt,
      limitsId: record.id,
    } as const;
    assert.ok(identity.isActive(principal));
    running.policy.current = { ...developerPolicy, roles: compileRoles({ other: roleSection }) };
    assert.ok(!identity.isActive(principal));
    assert.ok(!running.policy.current.roles.mayCall('developer', '/v1/chat/completions'));
    await assert.rejects(administration.rotate(record.id, 0, 'operator_1'), isFault('api.conflict', /role/));
  });

  test('a key belongs to its team, also after rotation and a restart, and does nothing when the policy drops the team', async () => {
    const { running } = current();
    const { key, record } = await create(running.opened, { team: 'research' });
    assert.equal(record.team, 'research');
    const known = (await running.open()).identity.identify(key.reveal(), '192.0.2.7');
    assert.ok(!(known instanceof Promise) && known.ok && known.principal.team === 'research');
    const next = await running.opened.administration.rotate(record.id, day, 'operator_1');
    assert.equal(next.record.team, 'research');
    assert.deepEqual(
      running.ledger.entries.map(({ detail }) => detail?.['team']),
      ['research', 'research'],
    );
    running.policy.current = { ...developerPolicy, teams: compileTeams({}) };
    assert.ok(!running.opened.identity.isActive(known.principal));
    await assert.rejects(
      running.opened.administration.rotate(next.record.id, 0, 'operator_1'),
      isFault('api.conflict', /team/),
    );
  });

  test('what an operator asks for is checked, and the place is named', async () => {
    const { running } = current();
    const bad: [object, RegExp][] = [
      [{ name: '' }, /name: /],
      [{ name: ' padded' }, /name: /],
      [{ name: 'a'.repeat(101) }, /name: .*100/],
      [{ name: 'line\nbreak' }, /name: /],
      [{ name: 'turned\u202etxt' }, /name: /],
      [{ owner: 'bell\u0007' }, /owner: /],
      [{ role: 'admin' }, /role: .*developer/],
      [{ role: '__proto__' }, /role: /],
      [{ team: 'sales' }, /team: .*research/],
      [{ team: '__proto__' }, /team: /],
      [{ expiresInMs: 0 }, /expires: /],
      [{ expiresInMs: Number.NaN }, /expires: /],
      [{ expiresInMs: Number.POSITIVE_INFINITY }, /expires: /],
      [{ expiresInMs: 91 * day }, /expires: .*90d/],
      [{ addresses: [] }, /addresses: /],
      [{ addresses: ['10.0.0.1/8'] }, /addresses\[0\]: /],
      [{ addresses: ['10.0.0.0/8', 'example.com'] }, /addresses\[1\]: /],
    ];
    for (const [changes, place] of bad) {
      await assert.rejects(create(running.opened, changes), isFault('api.invalid', place), inspect(changes));
    }
    const { administration } = running.opened;
    await assert.rejects(administration.rotate('key_1', -1, 'operator_1'), isFault('api.invalid', /overlap/));
    assert.deepEqual(await administration.list(), []);
    assert.deepEqual(running.ledger.entries, []);
  });
});
