import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, startKeeping, type TestKeeping } from '../support/keeping.ts';
import { engines } from './engines.ts';

const day = 86_400_000;
const words = 'Jo Smith called about the flat';

const openCase = (running: TestKeeping, more: object = {}) =>
  running.keeping.cases.open({ name: 'jo', kind: 'correction', law: 'gdpr', ...more }, 'opr_1');

for (const start of engines) {
  const engine = await start();

  test(`${engine.name}: a case has the time and the articles of its law, and no name stands in the store or an entry`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store);
    const { cases } = running.keeping;
    const gdpr = await openCase(running, { name: 'jo@example.com', kind: 'deletion' });
    assert.equal(new Date(gdpr.dueAt).toISOString(), '2026-02-01T23:59:59.999Z');
    assert.deepEqual([gdpr.articles.right, gdpr.articles.deadline], ['Art. 17', 'Art. 12(3)']);
    const ccpa = await openCase(running, { law: 'ccpa', kind: 'access', receivedAt: Date.UTC(2025, 11, 1) });
    assert.equal(new Date(ccpa.dueAt).toISOString(), '2026-01-15T23:59:59.999Z');
    await cases.verify(gdpr.id, { how: 'document', note: words }, 'opr_1');
    assert.equal((await cases.words(gdpr.id)).identity, words);
    const stored = JSON.stringify([
      await store.db.selectFrom('cases').selectAll().execute(),
      running.recorded,
    ]);
    for (const text of ['jo@', 'Smith', Buffer.from('jo@example').toString('base64').slice(0, 8)])
      assert.ok(!stored.includes(text), text);
    await assert.rejects(
      openCase(running, { receivedAt: running.clock.now() + day }),
      isFault('api.invalid'),
    );
    await assert.rejects(openCase(running, { name: ' jo' }), isFault('subject.invalid'));
    await assert.rejects(openCase(running, { team: 'a' }), isFault('api.invalid'));
    await running.close();
    await store.close();
  });

  test(`${engine.name}: nothing is done before it was checked whose request it is, but refusing one nobody can be found for`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store);
    const { cases } = running.keeping;
    const { id, subject } = await openCase(running, { kind: 'deletion' });
    const { erasing } = running.keeping;
    await assert.rejects(cases.complete(id, undefined, 'x'), isFault('case.identity'));
    await assert.rejects(
      cases.refuse(id, { ground: 'excessive', reason: words }, 'x'),
      isFault('case.identity'),
    );
    await assert.rejects(erasing.erase({ subject, case: id }, 'x'), isFault('case.identity'));
    const access = await openCase(running, { kind: 'access' });
    const exported = { subject, part: 'captured', case: access.id } as const;
    await assert.rejects(running.keeping.export(exported, 'x'), isFault('case.identity'));
    const refused = await cases.refuse(id, { ground: 'not-identified', reason: words }, 'x');
    assert.deepEqual(
      [refused.state, refused.ground, refused.articles.ground],
      ['refused', 'not-identified', 'Art. 11(2), 12(2)'],
    );
    assert.equal((await cases.words(id)).refusal, words);
    assert.ok(!JSON.stringify(running.recorded).includes('flat'));
    await running.close();
    await store.close();
  });

  test(`${engine.name}: a case is extended once, in time, from the day of receipt`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store);
    const { cases } = running.keeping;
    const { id } = await openCase(running);
    const extended = await cases.extend(id, words, 'opr_2');
    assert.equal(new Date(extended.dueAt).toISOString(), '2026-04-01T23:59:59.999Z');
    assert.equal(extended.extended?.by, 'opr_2');
    await assert.rejects(cases.extend(id, words, 'opr_2'), isFault('api.conflict', /once/));
    const late = await openCase(running, { law: 'ccpa' });
    running.clock.advance(46 * day);
    await assert.rejects(cases.extend(late.id, words, 'opr_2'), isFault('api.conflict', /over/));
    await running.close();
    await store.close();
  });

  test(`${engine.name}: access is answered by an export, a deletion by its erasure, and an ended case does not change`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store);
    const { cases, erasing } = running.keeping;
    const access = await openCase(running, { kind: 'access' });
    await cases.verify(access.id, { how: 'account' }, 'x');
    await assert.rejects(cases.complete(access.id, undefined, 'x'), isFault('api.conflict', /exported/));
    await running.keeping.export({ subject: access.subject, part: 'captured', case: access.id }, 'x');
    assert.equal((await cases.complete(access.id, 'sent by post', 'x')).state, 'answered');
    for (const change of [
      cases.verify(access.id, { how: 'email' }, 'x'),
      cases.extend(access.id, words, 'x'),
      cases.withdraw(access.id, 'x'),
      cases.complete(access.id, undefined, 'x'),
    ])
      await assert.rejects(change, isFault('case.closed'));
    const deletion = await openCase(running, { kind: 'deletion' });
    await cases.verify(deletion.id, { how: 'account' }, 'x');
    await assert.rejects(cases.complete(deletion.id, undefined, 'x'), isFault('api.conflict', /erasing/));
    const other = await openCase(running, { name: 'mo', kind: 'deletion' });
    await cases.verify(other.id, { how: 'account' }, 'x');
    await assert.rejects(
      erasing.erase({ subject: deletion.subject, case: other.id }, 'x'),
      isFault('api.conflict', /another/),
    );
    await erasing.erase({ subject: deletion.subject, case: deletion.id }, 'x');
    const ended = await cases.find(deletion.id);
    assert.deepEqual([ended?.state, ended?.ended?.by], ['answered', 'x']);
    assert.deepEqual(await cases.words(access.id), {}, 'words of an erased subject can still be read');
    await running.close();
    await store.close();
  });

  test(`${engine.name}: a case that is due soon, and one that is overdue, is told once each`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store);
    const { keeping, clock } = running;
    const { id } = await openCase(running);
    assert.deepEqual(keeping.caseFigures(), { open: 1, overdue: 0 });
    clock.advance(25 * day);
    for (let times = 0; times < 3; times++) await keeping.tick();
    assert.deepEqual(
      running.entries('case.reminded').map(({ target }) => target),
      [id],
    );
    clock.advance(7 * day);
    for (let times = 0; times < 3; times++) await keeping.tick();
    assert.deepEqual(
      running.entries('case.overdue').map(({ target }) => target),
      [id],
    );
    assert.deepEqual(keeping.caseFigures(), { open: 1, overdue: 1 });
    assert.equal((await keeping.cases.find(id))?.overdue, true);
    const again = await running.reopen();
    await again.keeping.tick();
    assert.equal(again.entries('case.overdue').length, 1);
    await again.close();
    await store.close();
  });

  test(`${engine.name}: of two who change a case at once, one does`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store);
    const { cases } = running.keeping;
    const { id } = await openCase(running);
    const results = await Promise.allSettled([
      cases.withdraw(id, 'a'),
      cases.refuse(id, { ground: 'not-identified', reason: words }, 'b'),
      cases.withdraw(id, 'c'),
    ]);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    await running.close();
    await store.close();
  });

  test(`${engine.name}: cases go after their time, from their end; open ones stay however old`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data: { retention: { cases: '60d' } } });
    const { cases, retention } = running.keeping;
    const ended = await openCase(running);
    await cases.withdraw(ended.id, 'x');
    const old = await openCase(running);
    running.clock.advance(61 * day);
    const [swept] = await retention.sweep({ dryRun: false, only: 'cases' }, 'opr_1');
    assert.equal(swept?.count, 1);
    assert.deepEqual(
      (await cases.list()).map(({ id }) => id),
      [old.id],
    );
    await running.close();
    await store.close();
  });

  test(`${engine.name}: end`, () => engine.end());
}
