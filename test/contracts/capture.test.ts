import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, startKeeping, type TestKeeping } from '../support/keeping.ts';
import { engines } from './engines.ts';

const day = 86_400_000;
const data = { capture: { routes: { chat: {} } } };
const prompt = 'what somebody asked';
const answer = 'what the model said';

const subjectOf = (running: TestKeeping, name: string) => {
  const reference = running.keys.take('subject', name);
  assert.ok(reference);
  return reference;
};
let calls = 0;
const record = (more: object = {}) => ({
  entryId: `entry-${++calls}`,
  route: 'chat',
  subject: undefined,
  prompt,
  answer,
  ...more,
});
const all = (running: TestKeeping) => running.keeping.captured.list({ limit: 1000 });

for (const start of engines) {
  const engine = await start();

  test(`${engine.name}: captured content is sealed under the key of its subject, and read with a reason that is recorded first`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data });
    const { capture, captured } = running.keeping;
    const jo = subjectOf(running, 'jo');
    capture.capture(record({ subject: jo }));
    capture.capture(record());
    await capture.flush();
    const [first, second] = await all(running);
    assert.deepEqual([first?.subject, second?.subject], [jo.id, undefined]);
    assert.equal(first?.expiresAt, running.clock.now() + 30 * day);
    const rows = await store.db.selectFrom('captured').selectAll().execute();
    assert.ok(!JSON.stringify(rows).includes(prompt));
    assert.ok(!rows.some((row) => Buffer.from(row.sealed, 'base64').includes('somebody')));
    const read = await captured.read(first?.id ?? '', 'support', 'opr_1');
    assert.deepEqual([read.prompt, read.answer], [prompt, answer]);
    const [told] = running.entries('captured.read');
    assert.deepEqual(
      [told?.actor, told?.target, told?.detail],
      ['opr_1', first?.id, { cause: 'support', entry: first?.entry, route: 'chat', subject: jo.id }],
    );
    assert.ok(!JSON.stringify(running.recorded).includes('somebody'));
    await assert.rejects(captured.read(first?.id ?? '', 'curiosity', 'opr_1'), isFault('api.invalid'));
    running.failing.ledger = true;
    await assert.rejects(captured.read(first?.id ?? '', 'support', 'opr_1'), isFault('ledger.unavailable'));
    running.failing.ledger = false;
    assert.equal(running.entries('captured.read').length, 1);
    await running.close();
    await store.close();
  });

  test(`${engine.name}: a captured record that was moved or changed does not open`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data });
    const { capture, captured } = running.keeping;
    const [jo, mo] = [subjectOf(running, 'jo'), subjectOf(running, 'mo')];
    capture.capture(record({ subject: jo }));
    capture.capture(record({ subject: jo, prompt: 'second' }));
    capture.capture(record({ subject: mo }));
    await capture.flush();
    const rows = await store.db.selectFrom('captured').selectAll().orderBy('id').execute();
    const [first, second, third] = rows;
    assert.ok(first && second && third);
    const changes = [{ sealed: second.sealed }, { key_id: mo.id }, { entry_id: second.entry_id }, { at: 5 }];
    for (const change of changes) {
      await store.db.updateTable('captured').set(change).where('id', '=', first.id).execute();
      await assert.rejects(
        captured.read(first.id, 'support', 'x'),
        isFault('seal.broken'),
        JSON.stringify(change),
      );
      await store.db.updateTable('captured').set(first).where('id', '=', first.id).execute();
    }
    assert.equal((await captured.read(first.id, 'support', 'x')).prompt, prompt);
    await running.close();
    await store.close();
  });

  test(`${engine.name}: nothing is kept of a route the policy does not name, nor more than it says`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store);
    const { capture, captured } = running.keeping;
    assert.equal(capture.ruleOf('chat'), undefined);
    capture.capture(record());
    await capture.flush();
    assert.deepEqual(await all(running), []);
    running.usePolicy({ capture: { routes: { chat: { of: 'prompts', for: '1h', most: '30 B' } } } });
    assert.equal(capture.ruleOf('constructor'), undefined);
    capture.capture(record());
    capture.capture(record({ route: 'agents' }));
    capture.capture(record({ prompt: undefined }));
    capture.capture(record({ prompt: 'ä'.repeat(16) }));
    await capture.flush();
    const found = await all(running);
    assert.equal(found.length, 1);
    assert.equal(found[0]?.expiresAt, running.clock.now() + 3_600_000);
    assert.equal((await captured.read(found[0]?.id ?? '', 'support', 'x')).answer, undefined);
    assert.equal(capture.status().dropped['too-long'], 1);
    await running.close();
    await store.close();
  });

  test(`${engine.name}: what cannot be kept is counted and told, and never fails the call`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data, mostKeys: 2 });
    const { capture } = running.keeping;
    const [jo] = [subjectOf(running, 'jo'), subjectOf(running, 'mo')];
    // No room for the key of the day.
    capture.capture(record());
    await capture.flush();
    assert.equal(capture.status().dropped.keys, 1);
    running.usePolicy({ capture: { routes: { chat: {} }, room: '200 B' } });
    capture.capture(record({ subject: jo }));
    capture.capture(record({ subject: jo }));
    await capture.flush();
    assert.deepEqual([capture.status().dropped.room, (await all(running)).length], [1, 1]);
    running.usePolicy(data);
    await running.keys.destroy([jo.id]);
    capture.capture(record({ subject: jo }));
    await capture.flush();
    assert.equal(capture.status().dropped.erased, 1);
    // What a caller of the wrong kind hands over.
    capture.capture(record({ prompt: 5 }));
    capture.capture(undefined as never);
    for (let call = 0; call < 5000; call++) capture.capture(record({ subject: jo }));
    assert.ok(capture.status().waiting <= 4096);
    assert.ok(capture.status().dropped.queue >= 904);
    await running.keeping.close();
    const told = running
      .entries('capture.dropped')
      .map(({ outcome, detail }) => [outcome, detail?.['cause']]);
    assert.ok(told.length >= 4 && told.every(([outcome]) => outcome === 'failed'), JSON.stringify(told));
    const counts = running
      .entries('capture.dropped')
      .reduce((sum, { detail }) => sum + Number(detail?.['count']), 0);
    const { dropped } = capture.status();
    assert.equal(
      counts,
      Object.values(dropped).reduce((sum, count) => sum + count, 0),
    );
    await running.close();
    await store.close();
  });

  test(`${engine.name}: captured content goes when its time is over, also a time that was shortened, and not while its subject is held`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data });
    const { capture, retention, holds } = running.keeping;
    const [jo, mo] = [subjectOf(running, 'jo'), subjectOf(running, 'mo')];
    capture.capture(record({ subject: jo }));
    capture.capture(record({ subject: mo }));
    await capture.flush();
    const hold = await holds.place({ scope: jo.id, matter: 'm-1' }, 'opr_1');
    const sweep = async () =>
      (await retention.sweep({ dryRun: false, only: 'captured' }, 'system'))[0]?.count;
    assert.equal(await sweep(), 0);
    running.clock.advance(10 * day);
    running.usePolicy({ ...data, retention: { captured: '9d' } });
    assert.equal(await sweep(), 1);
    assert.deepEqual(
      (await all(running)).map(({ subject }) => subject),
      [jo.id],
    );
    const state = (await retention.status()).find(({ name }) => name === 'captured');
    assert.deepEqual([state?.due, state?.overdue], [1, 1], 'what is held past its time must show');
    await holds.release(hold.id, 'opr_2');
    assert.equal(await sweep(), 1);
    assert.equal(capture.status().bytes, 0);
    const swept = running.entries('retention.swept');
    assert.deepEqual(
      swept.map(({ target, detail }) => [target, detail?.['count']]),
      [
        ['captured', 1],
        ['captured', 1],
      ],
    );
    await running.close();
    await store.close();
  });

  test(`${engine.name}: lists come in pages, by subject, route and time`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data });
    const { capture, captured } = running.keeping;
    const jo = subjectOf(running, 'jo');
    for (let call = 0; call < 5; call++) {
      capture.capture(record({ subject: call % 2 === 0 ? jo : undefined }));
      running.clock.advance(1000);
    }
    await capture.flush();
    const first = await captured.list({ limit: 2 });
    const rest = await captured.list({ limit: 10, after: first.at(-1)?.id });
    assert.deepEqual([first.length, rest.length], [2, 3]);
    assert.equal((await captured.list({ subject: jo.id, limit: 10 })).length, 3);
    assert.equal((await captured.list({ route: 'other', limit: 10 })).length, 0);
    const since = running.clock.now() - 2000;
    assert.equal((await captured.list({ since, limit: 10 })).length, 2);
    await running.close();
    await store.close();
  });

  test(`${engine.name}: end`, () => engine.end());
}
