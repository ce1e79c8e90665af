import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RetainedClass } from '../../src/enforce/privacy/index.ts';
import { pastOfIdentity } from '../../src/enforce/identity/index.ts';
import { pastUsage } from '../../src/enforce/limits/index.ts';
import type { Store } from '../../src/store/index.ts';
import { isFault, startKeeping } from '../support/keeping.ts';
import { engines } from './engines.ts';

const day = 86_400_000;

/** A class of a test: things with an age. */
function thingsClass(name: string, things: number[], fails = { now: false }): RetainedClass {
  const keepMs = () => 10 * day;
  const past = (now: number) => things.filter((at) => at < now - keepMs());
  return {
    name,
    what: 'Things.',
    where: [name],
    rule: {
      kind: 'swept',
      keepMs,
      due: async (now) => ({ count: past(now).length, oldestAt: Math.min(...past(now)) }),
      async sweep(now) {
        if (fails.now) throw new Error('the disk is broken');
        const gone = past(now);
        for (const at of gone) things.splice(things.indexOf(at), 1);
        return gone.length;
      },
    },
  };
}

/** One of each that is of the past, and beside it one that is not. */
async function fillPast(store: Store, old: number): Promise<void> {
  const { db } = store;
  const operator = {
    id: 'o',
    name: 'n',
    subject: null,
    roles: '[]',
    claims: null,
    created_at: 1,
    disabled_at: null,
  };
  await db.insertInto('operators').values(operator).execute();
  for (const [id, expires_at] of [
    ['s1', old],
    ['s2', 9000],
  ] as const)
    await db
      .insertInto('operator_sessions')
      .values({
        id,
        operator: 'o',
        hash: id,
        key: null,
        started_at: 1,
        seen_at: 1,
        expires_at,
        ended_at: null,
      })
      .execute();
  for (const [id, state] of [
    ['r1', 'done'],
    ['r2', 'waiting'],
    ['r3', 'running'],
  ] as const)
    await db
      .insertInto('operator_requests')
      .values({
        id,
        state,
        asked_by: 'o',
        act: 'a',
        route: 'r',
        input: '{}',
        asked_at: old,
        expires_at: old,
        decided_at: null,
        decided_by: null,
        reason: null,
      })
      .execute();
  await fillReviews(store, old);
  const revocation = { issuer: 'i', token_id: null, subject: null, issued_before: null, created_at: old };
  for (const row of [
    { ...revocation, id: 't1', token_id: 'j' },
    { ...revocation, id: 't2', subject: 'person_1' },
  ])
    await db.insertInto('token_revocations').values(row).execute();
  await fillUsage(store);
}

async function fillReviews({ db }: Store, old: number): Promise<void> {
  const review = {
    created_at: 1,
    created_by: 'o',
    due_at: 1,
    since: 1,
    until: 1,
    policy: '',
    problems: '[]',
    reminded_at: null,
    overdue_at: null,
    closed_by: null,
    record_digest: null,
  };
  for (const [id, closed_at] of [
    ['v1', old],
    ['v2', null],
  ] as const) {
    await db
      .insertInto('reviews')
      .values({ ...review, id, closed_at })
      .execute();
    await db
      .insertInto('review_principals')
      .values({
        review_id: id,
        principal_id: 'k',
        kind: 'key',
        snapshot: '{}',
        proposal: null,
        decision: null,
        target_role: null,
        reason: null,
        decided_by: null,
        decided_at: null,
        applied_at: null,
      })
      .execute();
  }
}

async function fillUsage({ db }: Store): Promise<void> {
  const sums = {
    key_id: 'k',
    role: 'r',
    team: '',
    route: 'x',
    operation: 'o',
    model: 'm',
    requests: 1,
    estimated: 0,
    unknown: 0,
    input_tokens: 1,
    cached_input_tokens: 0,
    output_tokens: 1,
    reasoning_tokens: 0,
    cost_nano_usd: 1,
  };
  for (const name of ['2025-01-01', '2026-01-01'])
    await db
      .insertInto('usage')
      .values({ ...sums, day: name })
      .execute();
}

for (const start of engines) {
  const engine = await start();

  test(`${engine.name}: a sweep destroys what is past its time, says how many in an entry, and a dry run destroys nothing`, async () => {
    const store = await engine.openEmpty();
    const now = Date.UTC(2026, 0, 1);
    const things = [now - 20 * day, now - 11 * day, now - 5 * day];
    const running = await startKeeping(store, { classes: [thingsClass('things', things)] });
    const { retention } = running.keeping;
    assert.deepEqual(await retention.sweep({ dryRun: true, only: 'things' }, 'opr_1'), [
      { name: 'things', count: 2, held: false },
    ]);
    assert.equal(things.length, 3);
    assert.equal(running.entries('retention.swept').length, 0);
    assert.deepEqual(await retention.sweep({ dryRun: false, only: 'things' }, 'opr_1'), [
      { name: 'things', count: 2, held: false },
    ]);
    assert.equal(things.length, 1);
    const [told] = running.entries('retention.swept');
    assert.deepEqual(
      [told?.actor, told?.target, told?.detail],
      ['opr_1', 'things', { count: 2, olderThan: '2025-12-22T00:00:00.000Z' }],
    );
    await retention.sweep({ dryRun: false }, 'system');
    assert.equal(running.entries('retention.swept').length, 1, 'a sweep of nothing is no entry');
    await assert.rejects(
      retention.sweep({ dryRun: true, only: 'other' }, 'x'),
      isFault('api.not-found', /things/),
    );
    await running.close();
    await store.close();
  });

  test(`${engine.name}: under a legal hold nothing is destroyed, and what is overdue shows`, async () => {
    const store = await engine.openEmpty();
    const now = Date.UTC(2026, 0, 1);
    const [things, others] = [[now - 20 * day], [now - 20 * day]];
    const classes = [thingsClass('things', things), thingsClass('others', others)];
    const running = await startKeeping(store, { classes });
    const { retention, holds } = running.keeping;
    const hold = await holds.place({ scope: 'things', matter: 'LIT-1' }, 'opr_1');
    const swept = await retention.sweep({ dryRun: false }, 'system');
    assert.deepEqual(
      swept.filter(({ held }) => held).map(({ name }) => name),
      ['things'],
    );
    assert.deepEqual([things.length, others.length], [1, 0]);
    const figure = retention.figures.find(({ name }) => name === 'things');
    assert.deepEqual([figure?.due, figure?.overdue], [1, 1]);
    const again = await running.reopen();
    await again.keeping.retention.sweep({ dryRun: false }, 'system');
    assert.equal(things.length, 1, 'a restart released the hold');
    await again.keeping.holds.release(hold.id, 'opr_2');
    await assert.rejects(again.keeping.holds.release(hold.id, 'opr_2'), isFault('api.conflict'));
    const everything = await again.keeping.holds.place({ scope: 'everything', matter: 'LIT-2' }, 'opr_1');
    await again.keeping.retention.sweep({ dryRun: false }, 'system');
    assert.equal(things.length, 1);
    await again.keeping.holds.release(everything.id, 'opr_2');
    await again.keeping.retention.sweep({ dryRun: false }, 'system');
    assert.equal(things.length, 0);
    assert.deepEqual(
      again.recorded
        .filter(({ kind }) => kind.startsWith('hold.'))
        .map(({ kind, actor }) => `${kind} ${actor}`),
      ['hold.placed opr_1', 'hold.released opr_2', 'hold.placed opr_1', 'hold.released opr_2'],
    );
    await again.close();
    await store.close();
  });

  test(`${engine.name}: a class that cannot be swept does not keep the others, and shows`, async () => {
    const store = await engine.openEmpty();
    const now = Date.UTC(2026, 0, 1);
    const [things, others, fails] = [[now - 20 * day], [now - 20 * day], { now: true }];
    const running = await startKeeping(store, {
      classes: [thingsClass('things', things, fails), thingsClass('others', others)],
    });
    const { retention } = running.keeping;
    await retention.sweep({ dryRun: false }, 'system');
    assert.deepEqual([things.length, others.length], [1, 0]);
    assert.equal(retention.figures.find(({ name }) => name === 'things')?.problem, 'internal');
    fails.now = false;
    await retention.sweep({ dryRun: false }, 'system');
    assert.equal(retention.figures.find(({ name }) => name === 'things')?.problem, undefined);
    await running.close();
    await store.close();
  });

  test(`${engine.name}: a key that nothing needs goes, and one that is used, named lately, held or has a case stays`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, {
      data: {
        capture: { routes: { chat: { for: '500d' } } },
        retention: { ledger: '30d', captured: '500d' },
      },
    });
    const { subjects, cases, capture, holds, retention } = running.keeping;
    const [idle, used, held, lately] = await Promise.all(
      ['idle', 'used', 'held', 'lately'].map((name) => subjects.take({ name })),
    );
    assert.ok(idle && used && held && lately);
    const { subject: asking } = await cases.open({ name: 'asking', kind: 'access', law: 'gdpr' }, 'x');
    const reference = running.keys.take('subject', 'used');
    capture.capture({ entryId: 'e', route: 'chat', subject: reference, prompt: 'p' });
    capture.capture({ entryId: 'e', route: 'chat', subject: undefined, prompt: 'p' });
    await capture.flush();
    await holds.place({ scope: held, matter: 'm' }, 'x');
    running.clock.advance(40 * day);
    await subjects.take({ name: 'lately' });
    const [swept] = await retention.sweep({ dryRun: false, only: 'keys' }, 'system');
    assert.equal(swept?.count, 1);
    assert.deepEqual(
      [idle, used, held, lately, asking].map((id) => running.keys.has(id)),
      [false, true, true, true, true],
    );
    running.usePolicy({ retention: { ledger: '30d', captured: '1d' } });
    await retention.sweep({ dryRun: false, only: 'captured' }, 'system');
    await retention.sweep({ dryRun: false, only: 'keys' }, 'system');
    assert.ok(
      !running.keys.list().some(({ purpose }) => purpose === 'day'),
      'the key of a day outlived its content',
    );
    await running.close();
    await store.close();
  });

  test(`${engine.name}: what other rooms keep of the past goes by its own end, and what is under way stays`, async () => {
    const store = await engine.openEmpty();
    const old = 1000;
    await fillPast(store, old);
    const past = pastOfIdentity(store);
    for (const [name, rows] of Object.entries(past)) {
      assert.deepEqual((await rows.older(old)).count, 0, name);
      assert.deepEqual(await rows.older(old + 1), { count: 1, oldestAt: old }, name);
      assert.equal(await rows.drop(old + 1), 1, name);
      assert.equal((await rows.older(old + 1)).count, 0, name);
    }
    assert.equal((await store.db.selectFrom('review_principals').selectAll().execute()).length, 1);
    const left = await store.db.selectFrom('token_revocations').select('id').execute();
    assert.deepEqual(left, [{ id: 't2' }], 'a subject that was revoked is let in again by retention');
    const usage = pastUsage(store);
    const before = Date.parse('2025-06-01');
    assert.deepEqual(await usage.older(before), { count: 1, oldestAt: Date.parse('2025-01-01') });
    assert.deepEqual([await usage.drop(before), (await usage.older(before)).count], [1, 0]);
    await store.close();
  });

  test(`${engine.name}: end`, () => engine.end());
}
