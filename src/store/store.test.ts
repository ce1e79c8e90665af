import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Fault, silentLog } from '../kernel/index.ts';
import { backupStore, openStore } from './index.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'surety-store-'));
});
afterEach(() => rm(folder, { recursive: true }));

const open = (name: string) => openStore({ file: join(folder, name), log: silentLog });
const isFault = (code: string) => (thrown: unknown) => thrown instanceof Fault && thrown.code === code;

test('a backup taken while the store is written to is a whole store', async () => {
  const store = await open('store.db');
  const write = (index: number) =>
    store.db.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('cursors')
        .values({ name: `a${index}`, next_index: index })
        .execute();
      await transaction
        .insertInto('cursors')
        .values({ name: `b${index}`, next_index: index })
        .execute();
    });
  const writes = Array.from({ length: 40 }, (_, index) => write(index));
  await writes[0];
  const copied = backupStore(store, join(folder, 'copy.db'));
  await Promise.all([...writes, copied]);
  await store.close();
  const copy = await open('copy.db');
  const rows = await copy.db.selectFrom('cursors').select('name').execute();
  const names = new Set(rows.map(({ name }) => name));
  assert.ok(names.has('a0'));
  for (const name of names) assert.ok(names.has(`b${name.slice(1)}`), `half of the transaction of ${name}`);
  await copy.close();
  assert.equal((await stat(join(folder, 'copy.db'))).mode & 0o777, 0o600);
});

test('a backup never overwrites', async () => {
  const store = await open('store.db');
  await writeFile(join(folder, 'precious'), 'precious');
  await assert.rejects(backupStore(store, join(folder, 'precious')), isFault('api.conflict'));
  assert.equal(await readFile(join(folder, 'precious'), 'utf8'), 'precious');
  await store.close();
});

test('a file that is no database is refused', async () => {
  await writeFile(
    join(folder, 'store.db'),
    'not a database, and longer than a header of one hundred bytes. '.repeat(9),
  );
  await assert.rejects(open('store.db'), isFault('store.unavailable'));
});

test('queries after the end fail instead of hanging', async () => {
  const store = await open('store.db');
  await store.close();
  await assert.rejects(store.db.selectFrom('cursors').selectAll().execute());
});

test('a failed query names no value of it', async () => {
  const store = await open('store.db');
  const insert = () =>
    store.db.insertInto('outbox').values({ id: 'same', entry: 'canary-value', created_at: 1 }).execute();
  await insert();
  await assert.rejects(
    insert(),
    (thrown) => thrown instanceof Error && !String(thrown.stack).includes('canary-value'),
  );
  await store.close();
});

test('an erased row does not linger in the file', async () => {
  const store = await open('store.db');
  const sealed = 'canary-sealed'.repeat(20);
  await store.db
    .insertInto('pseudonyms')
    .values({ pseudonym: 'p', kind: 'user', sealed, created_at: 1 })
    .execute();
  await store.db.deleteFrom('pseudonyms').execute();
  await store.close();
  assert.ok(!(await readFile(join(folder, 'store.db'))).includes('canary-sealed'));
});
