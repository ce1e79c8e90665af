import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/kernel/index.ts';
import type { Store } from '../../src/store/index.ts';
import { isFault, startKeeping, type TestKeeping } from '../support/keeping.ts';
import { engines } from './engines.ts';

const day = 86_400_000;
const data = { capture: { routes: { chat: {} } } };

async function captureFor(running: TestKeeping, name: string, count = 1): Promise<string> {
  const subject = running.keys.take('subject', name);
  assert.ok(subject);
  for (let call = 0; call < count; call++)
    running.keeping.capture.capture({
      entryId: `e${call}`,
      route: 'chat',
      subject,
      prompt: `by ${name} ${call}`,
    });
  await running.keeping.capture.flush();
  return subject.id;
}

/** A store that ends every transaction with a failure, as a crash at that point would. */
function failingTransactions(store: Store): Store {
  const db = new Proxy(store.db, {
    get(target, name) {
      if (name === 'transaction')
        return () => ({
          execute: async () => {
            throw new Error('killed');
          },
        });
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...store, db };
}

async function refuseExports(running: TestKeeping, subject: string): Promise<void> {
  const refusing = (more: object) => running.keeping.export({ subject, part: 'captured', ...more }, 'opr_1');
  await assert.rejects(refusing({}), isFault('api.invalid'));
  await assert.rejects(refusing({ reason: 'curiosity' }), isFault('api.invalid'));
  await assert.rejects(refusing({ reason: 'support', subject: 'subj_nobody' }), isFault('api.not-found'));
  running.failing.ledger = true;
  await assert.rejects(refusing({ reason: 'support' }), isFault('ledger.unavailable'));
}

for (const start of engines) {
  const engine = await start();

  test(`${engine.name}: an erased subject cannot be read, found or named any more, and another can`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data });
    const { subjects, erasing, captured, access } = running.keeping;
    const [jo, mo] = [await captureFor(running, 'jo', 3), await captureFor(running, 'mo')];
    const [record] = await captured.list({ subject: jo, limit: 1 });
    const done = await erasing.erase({ subject: jo }, 'opr_1');
    assert.deepEqual([done.state, done.captured], ['done', 3]);
    assert.equal(subjects.find({ name: 'jo' }), undefined);
    await assert.rejects(access(jo), isFault('api.not-found'));
    await assert.rejects(captured.read(record?.id ?? '', 'support', 'x'), isFault('api.not-found'));
    await assert.rejects(erasing.erase({ subject: jo }, 'x'), isFault('api.not-found'));
    assert.equal((await captured.list({ limit: 10 })).length, 1);
    assert.equal((await access(mo)).name, 'mo');
    assert.equal(running.keeping.capture.status().bytes, (await captured.list({ limit: 1 }))[0]?.bytes);
    const [told] = running.entries('subject.erased');
    assert.deepEqual(
      [told?.actor, told?.target, told?.detail],
      ['opr_1', jo, { erasure: done.id, captured: 3, cases: 0 }],
    );
    assert.notEqual(await captureFor(running, 'jo'), jo, 'a new call is led back to the erased');
    await running.close();
    await store.close();
  });

  test(`${engine.name}: what is on its way when its subject is erased is not kept`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data });
    const { capture, erasing, captured } = running.keeping;
    const subject = running.keys.take('subject', 'jo');
    assert.ok(subject);
    await subject.kept;
    const late = () => capture.capture({ entryId: 'e', route: 'chat', subject, prompt: 'late' });
    for (let call = 0; call < 20; call++) late();
    const erased = erasing.erase({ subject: subject.id }, 'x');
    late();
    await erased;
    late();
    await capture.flush();
    assert.deepEqual(await captured.list({ subject: subject.id, limit: 10 }), []);
    assert.ok(capture.status().dropped.erased >= 1);
    await running.close();
    await store.close();
  });

  test(`${engine.name}: a legal hold on the subject, or on what is kept of it, refuses its erasure with the matter`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data });
    const { holds, erasing } = running.keeping;
    const jo = await captureFor(running, 'jo');
    for (const scope of [jo, 'captured', 'cases', 'everything']) {
      const hold = await holds.place({ scope, matter: 'LIT-2026-17' }, 'x');
      await assert.rejects(
        erasing.erase({ subject: jo }, 'x'),
        isFault('subject.held', /LIT-2026-17/),
        scope,
      );
      await holds.release(hold.id, 'x');
    }
    assert.ok(running.keys.has(jo));
    assert.deepEqual(await erasing.list(), []);
    await erasing.erase({ subject: jo }, 'x');
    await running.close();
    await store.close();
  });

  test(`${engine.name}: an erasure that a crash broke off is finished at the next start, with its entry, once`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data });
    const jo = await captureFor(running, 'jo', 2);
    const { createErasing } = await import('../../src/enforce/privacy/erasure/erase.ts');
    const { createUnfinishedErasures } = await import('../../src/enforce/privacy/erasure/unfinished.ts');
    const { keeping, keys, clock } = running;
    const broken = createErasing({
      store: failingTransactions(store),
      outbox: {
        enqueue: async () => {},
        deliver: async () => {},
        waiting: async () => 0,
        close: async () => {},
      },
      ledger: { verifierKey: '' } as never,
      keys,
      clock,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      newId: () => 'none',
      policy: () => undefined as never,
      digest: () => '',
      subjects: keeping.subjects,
      capture: keeping.capture,
      cases: keeping.cases,
      holds: keeping.holds,
      caseChanged: async () => {},
      emptyLog: async () => {},
      unfinished: createUnfinishedErasures(silentLog),
    });
    await assert.rejects(broken.erase({ subject: jo }, 'opr_1'), isFault('erasure.unfinished'));
    assert.deepEqual(
      (await keeping.erasing.list()).map(({ state }) => state),
      ['begun'],
    );
    const again = await running.reopen();
    assert.deepEqual(
      (await again.keeping.erasing.list()).map(({ state, captured, erasedBy }) => [
        state,
        captured,
        erasedBy,
      ]),
      [['done', 2, 'opr_1']],
    );
    assert.ok(!again.keys.has(jo));
    assert.deepEqual(await again.keeping.captured.list({ subject: jo, limit: 10 }), []);
    const third = await again.reopen();
    assert.equal(third.entries('subject.erased').length, 1);
    await third.close();
    await store.close();
  });

  test(`${engine.name}: an erasure stands while the ledger is down, and its entry follows`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data });
    const jo = await captureFor(running, 'jo');
    running.failing.ledger = true;
    const done = await running.keeping.erasing.erase({ subject: jo }, 'x');
    assert.deepEqual([done.state, running.keys.has(jo)], ['done', false]);
    assert.equal(running.entries('subject.erased').length, 0);
    running.failing.ledger = false;
    const again = await running.reopen();
    await again.keeping.retention.sweep({ dryRun: false }, 'system');
    for (let tries = 0; again.entries('subject.erased').length === 0 && tries < 500; tries++)
      await new Promise((resolve) => {
        setTimeout(resolve, 2);
      });
    assert.equal(again.entries('subject.erased')[0]?.id, done.entry);
    await again.close();
    await store.close();
  });

  test(`${engine.name}: access says what is held where, and an export has all of it in pages, each recorded`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data });
    const { access, cases } = running.keeping;
    const jo = await captureFor(running, 'jo', 120);
    await captureFor(running, 'mo', 3);
    await cases.open({ name: 'jo', kind: 'access', law: 'ccpa' }, 'x');
    running.recorded.push({
      id: 'call',
      at: '2026-01-01T00:00:00.000Z',
      kind: 'call.decided',
      outcome: 'allowed',
      detail: { subject: jo },
    });
    const held = await access(jo);
    assert.deepEqual(
      held.holdings.map(({ where, count, more }) => [where, count, more]),
      [
        ['captured', 120, false],
        ['cases', 1, false],
        ['ledger', 2, false],
        ['key', 1, false],
      ],
    );
    assert.equal(held.name, 'jo');
    const about = await running.keeping.export({ subject: jo, part: 'about', reason: 'support' }, 'opr_1');
    assert.equal(about.about?.cases.length, 1);
    const texts: (string | undefined)[] = [];
    let after: string | undefined;
    let pages = 0;
    do {
      const page = await running.keeping.export(
        { subject: jo, part: 'captured', reason: 'support', after },
        'opr_1',
      );
      texts.push(...(page.captured ?? []).map(({ prompt }) => prompt));
      after = page.next;
      pages += 1;
    } while (after !== undefined);
    assert.equal(new Set(texts).size, 120);
    assert.ok(
      texts.every((text) => text?.startsWith('by jo')),
      'somebody else is in the export',
    );
    assert.ok(pages > 1);
    const entries = await running.keeping.export(
      { subject: jo, part: 'entries', reason: 'support' },
      'opr_1',
    );
    assert.deepEqual(
      new Set(entries.entries?.map(({ entry }) => entry.kind)),
      new Set(['case.opened', 'call.decided', 'subject.exported']),
    );
    assert.equal(running.entries('subject.exported').length, pages + 2);
    await refuseExports(running, jo);
    await running.close();
    await store.close();
  });

  test(`${engine.name}: what an erased pseudonym stood for is gone with the key that sealed it; its neighbours are sealed anew`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store);
    const { pseudonyms, keys } = running;
    const { named } = running.keeping;
    const [mine, other] = ['192.0.2.7', '198.51.100.9'].map((text) => pseudonyms.address(text).address);
    assert.ok(mine && other);
    const person = pseudonyms.person('jo@example.com');
    await pseudonyms.flush();
    const before = await store.db.selectFrom('pseudonyms').selectAll().execute();
    const sealedBefore = before.find(({ pseudonym }) => pseudonym === mine)?.sealed ?? '';
    const [oldKey = ''] = sealedBefore.split('.');
    assert.ok(keys.has(oldKey));
    assert.ok(!JSON.stringify(before).includes('192.0.2'));
    assert.equal(await named.reveal(mine, 'incident', 'opr_1'), '192.0.2.7');
    await assert.rejects(named.reveal(mine, 'because', 'opr_1'), isFault('api.invalid'));
    assert.equal(running.entries('pseudonym.revealed').length, 1);
    await named.erase(mine, 'opr_1');
    assert.ok(!keys.has(oldKey), 'a copy of the store from before could still be read');
    await assert.rejects(named.reveal(mine, 'incident', 'opr_1'), isFault('api.not-found'));
    await assert.rejects(named.erase(mine, 'opr_1'), isFault('api.not-found'));
    assert.equal(await named.reveal(other, 'incident', 'opr_1'), '198.51.100.9');
    assert.equal(await named.reveal(person, 'incident', 'opr_1'), 'jo@example.com');
    const [told] = running.entries('pseudonym.erased');
    assert.deepEqual([told?.target, told?.actor], [mine, 'opr_1']);
    const again = await running.reopen();
    // Seen again, it is still erased.
    again.pseudonyms.address('192.0.2.7');
    await again.pseudonyms.flush();
    assert.equal(await again.pseudonyms.reveal(mine), undefined);
    assert.equal(await again.pseudonyms.reveal(other), '198.51.100.9');
    await again.close();
    await store.close();
  });

  test(`${engine.name}: what a pseudonym stands for can be erased before it was written, and its neighbours stay`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store);
    const { pseudonyms } = running;
    const { address, network } = pseudonyms.address('192.0.2.7');
    await running.keeping.named.erase(address, 'opr_1');
    assert.equal(await pseudonyms.reveal(address), undefined);
    assert.equal(await pseudonyms.reveal(network), '192.0.2.0/24');
    await running.close();
    await store.close();
  });

  test(`${engine.name}: meanings that an earlier version sealed are taken over; old ones go, and come again when they are seen`, async () => {
    const store = await engine.openEmpty();
    const { createPseudonyms, createPseudonymStore } = await import('../../src/record/index.ts');
    const { Secret } = await import('../../src/kernel/index.ts');
    const { createManualClock } = await import('../support/clock.ts');
    const earlier = createPseudonyms({
      key: new Secret('0123456789abcdef0123456789abcdef'),
      store: createPseudonymStore(store),
      clock: createManualClock(),
      log: silentLog,
    });
    const { address } = earlier.address('192.0.2.7');
    await earlier.close();
    const running = await startKeeping(store, { data: { retention: { pseudonyms: '30d' } } });
    const rows = await store.db.selectFrom('pseudonyms').select('sealed').execute();
    assert.ok(
      rows.every(({ sealed }) => sealed.startsWith('mean_')),
      JSON.stringify(rows),
    );
    assert.equal(await running.pseudonyms.reveal(address), '192.0.2.7');
    running.clock.advance(31 * day);
    const [swept] = await running.keeping.retention.sweep({ dryRun: false, only: 'pseudonyms' }, 'system');
    assert.equal(swept?.count, 2);
    assert.equal(await running.pseudonyms.reveal(address), undefined);
    assert.ok(!running.keys.list().some(({ purpose }) => purpose === 'meaning'));
    running.pseudonyms.address('192.0.2.7');
    await running.pseudonyms.flush();
    assert.equal(await running.pseudonyms.reveal(address), '192.0.2.7');
    await running.close();
    await store.close();
  });

  test(`${engine.name}: end`, () => engine.end());
}
