import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { engines } from './engines.ts';
import { create, describeKeys, isFault, outcome, startProcess } from './key-process.ts';

describeKeys('keys', (current) => {
  test('a new key is admitted, also after a restart', async () => {
    const { running } = current();
    const { key, record } = await create(running.opened);
    assert.equal(outcome(running.opened, key.reveal()), `admitted ${record.id}`);
    assert.equal(outcome(await running.open(), key.reveal()), `admitted ${record.id}`);
    assert.equal(record.state, 'active');
  });

  test('an unknown key is refused', async () => {
    const { running, store } = current();
    const { key } = await create(running.opened);
    await store.db.deleteFrom('api_keys').execute();
    assert.equal(outcome(await running.open(), key.reveal()), 'credential.unknown');
    assert.equal(outcome(running.opened, 'sty_unknown'), 'credential.malformed');
  });

  test('an expired key is refused, from its last millisecond on', async () => {
    const { running } = current();
    const { key, record } = await create(running.opened, { expiresInMs: 1000 });
    running.clock.advance(999);
    assert.equal(outcome(running.opened, key.reveal()), `admitted ${record.id}`);
    const principal = {
      kind: 'key',
      id: record.id,
      roles: ['developer'],
      team: undefined,
      expiresAt: record.expiresAt,
      limitsId: record.id,
    } as const;
    assert.ok(running.opened.identity.isActive(principal));
    running.clock.advance(1);
    assert.equal(outcome(running.opened, key.reveal()), 'credential.expired');
    assert.ok(!running.opened.identity.isActive(principal));
    assert.equal((await running.opened.administration.find(record.id))?.state, 'expired');
  });

  test('a revoked key is refused before revoking resolves, and cannot be used after restart', async () => {
    const { running } = current();
    const { key, record } = await create(running.opened);
    const told: string[] = [];
    running.opened.identity.onRevoked((id) => told.push(`${id} ${outcome(running.opened, key.reveal())}`));
    await running.opened.administration.revoke(record.id, 'operator_1');
    assert.deepEqual(told, [`${record.id} credential.revoked`]);
    assert.equal(outcome(running.opened, key.reveal()), 'credential.revoked');
    assert.equal(outcome(await running.open(), key.reveal()), 'credential.revoked');
  });

  test('a key can be revoked while the ledger is down, and that is recorded when it is back', async () => {
    const { running } = current();
    const { key, record } = await create(running.opened);
    running.ledger.up = false;
    const revoked = await running.opened.administration.revoke(record.id, 'operator_1');
    assert.equal(revoked.state, 'revoked');
    assert.equal(outcome(running.opened, key.reveal()), 'credential.revoked');
    assert.deepEqual(
      running.ledger.entries.map(({ kind }) => kind),
      ['key.created'],
    );
    running.ledger.up = true;
    while ((await running.outbox.waiting()) > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      running.ledger.entries.map(({ kind }) => kind),
      ['key.created', 'key.revoked'],
    );
  });

  test('a listener that throws does not keep the others from hearing of a revocation', async () => {
    const { running } = current();
    const { record } = await create(running.opened);
    const told: string[] = [];
    running.opened.identity.onRevoked(() => {
      throw new Error('mistake');
    });
    running.opened.identity.onRevoked((id) => told.push(id));
    await running.opened.administration.revoke(record.id, 'operator_1');
    assert.deepEqual(told, [record.id]);
  });

  test('revoking twice records once', async () => {
    const { running } = current();
    const { record } = await create(running.opened);
    const first = await running.opened.administration.revoke(record.id, 'operator_1');
    running.clock.advance(1000);
    const second = await running.opened.administration.revoke(record.id, 'operator_1');
    assert.equal(second.revokedAt, first.revokedAt);
    assert.equal(running.ledger.entries.filter(({ kind }) => kind === 'key.revoked').length, 1);
  });

  test('a key bound to addresses is refused from others, also where IPv4 stands inside IPv6', async () => {
    const { running } = current();
    const { key, record } = await create(running.opened, { addresses: ['192.0.2.0/24', '2001:db8::/32'] });
    for (const inside of ['192.0.2.255', '::ffff:192.0.2.1', '2001:db8::1']) {
      assert.equal(outcome(running.opened, key.reveal(), inside), `admitted ${record.id}`, inside);
    }
    for (const outside of ['192.0.3.1', '2001:db9::1', '', 'nonsense']) {
      assert.equal(outcome(running.opened, key.reveal(), outside), 'credential.address', outside);
    }
  });

  test('a key is never stored, logged or recorded; name, owner and addresses are not recorded', async () => {
    const { store } = current();
    const lines: string[] = [];
    const own = await startProcess(store, lines);
    const made = await create(own.opened, {
      name: 'canary-name',
      owner: 'canary-owner',
      addresses: ['203.0.113.9'],
    });
    const rotated = await own.opened.administration.rotate(made.record.id, 0, 'operator_1');
    await own.opened.administration.revoke(rotated.record.id, 'operator_1');
    const rows = JSON.stringify(await store.db.selectFrom('api_keys').selectAll().execute());
    const recorded = JSON.stringify(own.ledger.entries);
    const printed = inspect([made, rotated, await own.opened.administration.list()], { depth: 9 });
    for (const { key } of [made, rotated]) {
      const secret = key.reveal().slice(8);
      for (const text of [rows, recorded, printed, lines.join('')]) assert.ok(!text.includes(secret));
    }
    assert.ok(!/canary|203\.0\.113/.test(recorded + lines.join('')));
    await own.opened.close();
    await own.outbox.close();
  });

  test('last use is written in batches and never set back', async () => {
    const { running, store } = current();
    const { key, record } = await create(running.opened);
    running.clock.advance(5000);
    outcome(running.opened, key.reveal());
    assert.equal(
      (await store.db.selectFrom('api_keys').select('last_used_at').executeTakeFirst())?.last_used_at,
      null,
    );
    await running.opened.identity.flush();
    const usedAt = running.clock.now();
    assert.equal((await running.opened.administration.find(record.id))?.lastUsedAt, usedAt);
    running.clock.advance(-1000);
    outcome(running.opened, key.reveal());
    assert.equal((await running.opened.administration.find(record.id))?.lastUsedAt, usedAt);
  });

  test('a refused key leaves no last use', async () => {
    const { running } = current();
    const { key, record } = await create(running.opened, { addresses: ['192.0.2.0/24'] });
    outcome(running.opened, key.reveal(), '198.51.100.1');
    assert.equal((await running.opened.administration.find(record.id))?.lastUsedAt, undefined);
  });
});

test('a key is refused in memory even when the store cannot write the revocation', async () => {
  const [startSqlite] = engines;
  assert.ok(startSqlite);
  const engine = await startSqlite();
  const store = await engine.openEmpty();
  const running = await startProcess(store);
  const { key, record } = await create(running.opened);
  await running.opened.close();
  await running.outbox.close();
  await store.close();
  const revoking = running.opened.administration.revoke(record.id, 'operator_1');
  await assert.rejects(revoking, isFault('store.unavailable', /written as soon as the store can be/));
  assert.equal(outcome(running.opened, key.reveal()), 'credential.revoked');
  await engine.end();
});
