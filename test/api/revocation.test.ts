import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createRevocationCanary, revocationBoundMs } from '../../src/app/revocation-canary.ts';
import { createLog } from '../../src/kernel/index.ts';
import { openAdmin, type TestAdmin } from '../support/admin.ts';

const policy = `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [ { match: /v1/**, wire: openai, models: { gpt: echo } } ] }
identity: { roles: { developer: { may: [call /v1/**] } } }
`;

describe('the canary of revocations', () => {
  let admin: TestAdmin;
  before(async () => {
    admin = await openAdmin(policy);
  });
  after(() => admin.close());

  const watch = (probes = admin.house.revocationProbes) => {
    const late: string[] = [];
    const canary = createRevocationCanary({
      probes,
      swept: async () => {},
      clock: admin.clock,
      log: createLog({ clock: admin.clock, level: 'error', write: () => {} }),
      late: ({ kind }) => void late.push(kind),
    });
    return { canary, late };
  };

  it('measures keys, tokens, roles, teams and sessions, and leaves nothing behind', async () => {
    const recorded = (await admin.kinds()).length;
    const { canary, late } = watch();
    await canary.measure();
    await canary.stop();
    assert.deepEqual(
      canary.figures().map(({ kind, count }) => `${kind} ${count}`),
      ['key 1', 'token 1', 'role 1', 'team 1', 'session 1'],
    );
    assert.deepEqual(late, []);
    assert.deepEqual(await admin.house.keys.list(), []);
    assert.deepEqual(await admin.house.tokens.list(), []);
    assert.deepEqual(await admin.house.withdrawals.list(), []);
    assert.deepEqual(admin.house.operators.sessions.list(), []);
    assert.equal((await admin.kinds()).length, recorded);
  });

  it('counts the time the store and the event loop take', async () => {
    const slow = async () => {
      const milliseconds = await admin.house.revocationProbes.key();
      admin.clock.advance(revocationBoundMs + 1);
      return milliseconds + revocationBoundMs + 1;
    };
    const { canary, late } = watch({ ...admin.house.revocationProbes, key: slow });
    await canary.measure();
    await canary.measure();
    await canary.stop();
    // Told once until it is kept again.
    assert.deepEqual(late, ['key']);
    const key = canary.figures().find(({ kind }) => kind === 'key');
    assert.ok(key && key.late === key.count && key.worstMs > revocationBoundMs, JSON.stringify(key));
  });

  it('tells a revocation that fails as late, not as quick', async () => {
    const { canary, late } = watch({
      ...admin.house.revocationProbes,
      token: () => Promise.reject(new Error('no store')),
    });
    await canary.measure();
    await canary.stop();
    assert.deepEqual(late, ['token']);
  });

  it('does not keep the process, or its end, waiting for a revocation that hangs', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const running = timers();
    const { canary } = watch({ ...admin.house.revocationProbes, key: () => new Promise(() => {}) });
    assert.ok(timers() > running);
    await canary.stop();
    assert.ok(timers() <= running);
  });

  it('is an error, and no quick measurement, where the store takes no revocation', async () => {
    const { db } = admin.house.store;
    const refuse = { execute: () => Promise.reject(new Error('disk full')) };
    Object.defineProperty(db, 'transaction', { configurable: true, value: () => refuse });
    try {
      for (const probe of Object.values(admin.house.revocationProbes)) await assert.rejects(probe());
    } finally {
      Reflect.deleteProperty(db, 'transaction');
    }
  });
});
