import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { silentLog } from '../../src/kernel/index.ts';
import { openStore } from '../../src/store/index.ts';
import { isFault, startKeeping, type TestKeeping } from '../support/keeping.ts';
import { engines } from './engines.ts';

const day = 86_400_000;

/** The same numbers at each run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

async function capture(
  running: TestKeeping,
  name: string,
  route: string,
  text = `by ${name}`,
): Promise<void> {
  const subject = running.keys.take('subject', name);
  assert.ok(subject);
  running.keeping.capture.capture({ entryId: 'e', route, subject, prompt: text, answer: text });
  await running.keeping.capture.flush();
}

const data = {
  subjects: { from: ['header'] },
  capture: { routes: { chat: { for: '3d' } } },
  retention: { captured: '20d', cases: '30d', pseudonyms: '5d', holds: '30d' },
};

/** Captured content, cases, pseudonyms, holds and ages as they come; then what a dry run says, and what the run does. */
async function compare(running: TestKeeping, random: (below: number) => number): Promise<number> {
  const { keeping, clock, pseudonyms } = running;
  const people = ['a', 'b', 'c', 'd', 'e'];
  const held: string[] = [];
  for (let step = 0; step < 14; step++) {
    const name = people[random(people.length)] ?? 'a';
    const what = random(8);
    if (what < 3) await capture(running, name, 'chat');
    else if (what === 3) {
      const opened = await keeping.cases.open({ name, kind: 'access', law: 'gdpr' }, 'o');
      if (random(2) === 0)
        await keeping.cases.refuse(opened.id, { ground: 'excessive', reason: 'r' }, 'o').catch(() => {});
    } else if (what === 4) pseudonyms.address(`192.0.2.${random(250)}`);
    else if (what === 5) {
      const subject = running.keys.find('subject', name);
      const scopes = ['captured', 'cases', 'keys', 'pseudonyms', 'ledger', subject ?? 'captured'];
      held.push((await keeping.holds.place({ scope: scopes[random(6)] ?? 'captured', matter: 'M' }, 'o')).id);
    } else if (what === 6 && held.length > 0) await keeping.holds.release(held.pop() ?? '', 'o');
    clock.advance(random(5) * day);
    await keeping.retention.clock.confirm('o');
  }
  clock.advance(([0, 4, 15, 400, 5000][random(5)] ?? 0) * day);
  await keeping.retention.clock.confirm('o');
  const only = random(3) === 0 ? ['captured', 'cases', 'keys', 'pseudonyms'][random(4)] : undefined;
  const dry = await keeping.retention.sweep({ dryRun: true, only }, 'o');
  assert.deepEqual(await keeping.retention.sweep({ dryRun: false, only }, 'o'), dry);
  return dry.reduce((sum, { count }) => sum + count, 0);
}

for (const start of engines) {
  const engine = await start();
  test(`${engine.name}: a dry run of retention says what the run does, whatever is held and however old things are`, async () => {
    const store = await engine.openEmpty();
    const running = await startKeeping(store, { data });
    let gone = 0;
    for (let seed = 1; seed <= 25; seed++) {
      gone += Number((await compare(running, createRandom(seed))) > 0);
      for (const hold of await running.keeping.holds.list())
        if (seed % 4 === 0 && hold.releasedAt === undefined)
          await running.keeping.holds.release(hold.id, 'o');
    }
    assert.ok(gone > 3, `only ${gone} runs destroyed anything`);
    await running.close();
    await store.close();
    await engine.end();
  });
}

test('sqlite: what a sweep or an erasure destroyed is in no file of the store while it is open', {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'surety-swept-'));
  const store = await openStore({ file: join(folder, 'store.db'), log: silentLog });
  const running = await startKeeping(store, { data });
  const random = createRandom(7);
  const parts = (sealed: string) =>
    [20, 400, 1500, sealed.length - 100]
      .filter((at) => at >= 0 && at + 60 < sealed.length)
      .map((at) => sealed.slice(at, at + 60));
  const rows = async () => {
    const all = await store.db.selectFrom('captured').select(['id', 'sealed']).execute();
    return new Map(all.map(({ id, sealed }) => [id, parts(sealed)]));
  };
  const leftovers = (gone: readonly string[]) =>
    readdirSync(folder).flatMap((name) => {
      const bytes = readFileSync(join(folder, name), 'latin1');
      return gone.filter((part) => bytes.includes(part)).map(() => name);
    });
  const seen = new Map<string, string[]>();
  for (let round = 0; round < 6; round++) {
    for (let call = 0; call < 60; call++)
      await capture(
        running,
        ['held', 'free', 'other'][random(3)] ?? 'free',
        'chat',
        'x'.repeat(1 + random(random(2) === 0 ? 200 : 6000)),
      );
    for (const [id, part] of await rows()) seen.set(id, part);
    const held = running.keys.find('subject', 'held') ?? '';
    if (round === 1) await running.keeping.holds.place({ scope: held, matter: 'M' }, 'o');
    running.clock.advance((1 + random(4)) * day);
    if (round % 2 === 0) await running.keeping.retention.sweep({ dryRun: false }, 'o');
    else await running.keeping.erasing.erase({ subject: running.keys.find('subject', 'other') ?? '' }, 'o');
    const present = await rows();
    const gone = [...seen].flatMap(([id, part]) => (present.has(id) ? [] : part));
    assert.deepEqual(leftovers(gone), [], `round ${round}: ${gone.length} parts`);
    if (present.size > 0)
      assert.ok(leftovers([...present.values()].flat()).length > 0, 'the search finds nothing');
  }
  await running.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

test('sqlite: while a reader holds the log, what a sweep destroyed is emptied from it as soon as that is possible', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'surety-swept-'));
  const file = join(folder, 'store.db');
  const store = await openStore({ file, log: silentLog });
  const running = await startKeeping(store, { data });
  await capture(running, 'jo', 'chat');
  const { sealed } = await store.db.selectFrom('captured').select('sealed').executeTakeFirstOrThrow();
  const reader = new DatabaseSync(file, { readOnly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM captured').get();
  running.clock.advance(4 * day);
  await running.keeping.retention.sweep({ dryRun: false }, 'o');
  assert.ok(running.logged.some((line) => line.includes('could not be emptied')));
  reader.exec('COMMIT');
  reader.close();
  await running.keeping.tick();
  for (const name of readdirSync(folder))
    assert.ok(!readFileSync(join(folder, name), 'latin1').includes(sealed.slice(0, 60)), name);
  await running.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

test('an erasure whose overwriting fails says so, is under way when it is asked for again, and is finished as soon as the disk writes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'surety-erasing-'));
  const store = await openStore({ file: join(folder, 'store.db'), log: silentLog });
  const running = await startKeeping(store, { data });
  const { keeping, keys } = running;
  await capture(running, 'jo', 'chat');
  const id = keys.find('subject', 'jo') ?? '';
  const restore = await failWrites();
  try {
    await assert.rejects(keeping.erasing.erase({ subject: id }, 'o'), isFault('erasure.unfinished', /ers_/));
    assert.equal(keeping.unfinishedErasures(), 1);
    assert.equal(keys.has(id), false, 'the key is used on');
    await assert.rejects(
      keys.seal(id, { purpose: 'p', about: '' }, Buffer.from('x')),
      isFault('data.erased'),
    );
    assert.match(keeping.erasing.underWay({ name: 'jo' }) ?? '', /^ers_/);
    await assert.rejects(keeping.erasing.erase({ subject: id }, 'o'), isFault('erasure.under-way', /ers_/));
    await keeping.tick();
    assert.equal(keeping.unfinishedErasures(), 1);
  } finally {
    restore();
  }
  await keeping.tick();
  assert.equal(keeping.unfinishedErasures(), 0);
  assert.equal(keeping.erasing.underWay({ name: 'jo' }), undefined);
  assert.deepEqual(
    (await keeping.erasing.list()).map(({ state }) => state),
    ['done'],
  );
  const file = readFileSync(join(running.vault, 'data-keys'), 'latin1');
  assert.ok(!file.includes(Buffer.from(id.slice('subj_'.length), 'base64url').toString('latin1')));
  await running.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** Every file that is open through a handle, as the file of keys is, fails to write, as a broken disk does. */
async function failWrites(): Promise<() => void> {
  const { open } = await import('node:fs/promises');
  const probe = await open(import.meta.filename, 'r');
  const handles = Object.getPrototypeOf(probe) as { write: unknown };
  await probe.close();
  const { write } = handles;
  handles.write = async () => {
    throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO', syscall: 'write' });
  };
  return () => {
    handles.write = write;
  };
}
