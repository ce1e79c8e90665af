import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { silentLog } from '../../src/kernel/index.ts';
import { createManualClock } from '../support/clock.ts';
import { createOutbox, openDataFolder, openStore } from '../../src/store/index.ts';

const rounds = 8;
const source = (room: string) =>
  JSON.stringify(join(import.meta.dirname, '..', '..', 'src', room, 'index.ts'));

/** Commits a change with its entry, over and over, and tells of each only after the commit. */
const writer = `
  import { silentLog } from ${source('kernel')};
  import { createManualClock } from ${JSON.stringify(join(import.meta.dirname, '..', 'support', 'clock.ts'))};
  import { createOutbox, openDataFolder, openStore } from ${source('store')};
  const { paths } = openDataFolder({ folder: process.argv[2], create: true });
  const store = await openStore({ file: paths.store, log: silentLog });
  const never = new Promise(() => {});
  const target = { append: () => never, holds: async () => false };
  const outbox = createOutbox({ store, target, log: silentLog, clock: createManualClock() });
  for (let number = Number(process.argv[3]); ; number++) {
    const name = String(number).padStart(8, '0');
    await store.db.transaction().execute(async (transaction) => {
      await transaction.insertInto('cursors').values({ name, next_index: number }).execute();
      await outbox.enqueue(transaction, { id: 'entry-' + name });
    });
    process.send(number);
  }
`;

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'surety-crash-'));
  await writeFile(join(folder, 'writer.mts'), writer);
});
after(() => rm(folder, { recursive: true }));

/** Kills the writer after it told of `count` commits; resolves to the last one told. */
async function killAfter(child: ChildProcess, count: number): Promise<number> {
  let last = -1;
  let told = 0;
  child.on('message', (number) => {
    last = Number(number);
    told += 1;
    if (told === count) child.kill('SIGKILL');
  });
  await once(child, 'exit');
  return last;
}

test('kill -9 while writing loses no committed change, leaves no change without its entry, and the next start delivers each once', async () => {
  const data = join(folder, 'data');
  const delivered: string[] = [];
  let next = 0;
  for (let round = 0; round < rounds; round++) {
    const child = fork(join(folder, 'writer.mts'), [data, String(next)]);
    const last = await killAfter(child, 1 + Math.floor(Math.random() * 60));
    assert.ok(last >= next, 'the writer told of a commit');

    const { paths, release } = openDataFolder({ folder: data, create: false });
    const store = await openStore({ file: paths.store, log: silentLog });
    const changes = (await store.db.selectFrom('cursors').select('name').orderBy('name').execute()).map(
      ({ name }) => name,
    );
    assert.ok(changes.length > last, `${last} was told of, ${changes.length} are there`);
    const target = {
      append: async ({ id }: { id: string }) => void delivered.push(id),
      holds: async (id: string) => delivered.includes(id),
    };
    const outbox = createOutbox({ store, target, log: silentLog, clock: createManualClock() });
    while ((await outbox.waiting()) > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      delivered,
      changes.map((name) => `entry-${name}`),
    );
    await outbox.close();
    await store.close();
    release();
    next = changes.length;
  }
});
