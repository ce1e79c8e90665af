import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { Fault, silentLog } from '../../src/kernel/index.ts';
import { createManualClock } from '../support/clock.ts';
import { createOutbox, type Database, type OutboxEntry, type Store } from '../../src/store/index.ts';
import { type EngineUnderTest, engines } from './engines.ts';

interface TestEntry extends OutboxEntry {
  readonly text: string;
}

/** A ledger in memory that can be down, or acknowledge nothing although it wrote. */
function createTestLedger() {
  const written: TestEntry[] = [];
  const state: { mode: 'up' | 'down' | 'writes but fails' } = { mode: 'up' };
  const refuse = () => Promise.reject(new Fault('ledger.unavailable'));
  return {
    written,
    state,
    target: {
      async append(entry: TestEntry) {
        if (state.mode === 'down') await refuse();
        written.push(entry);
        if (state.mode === 'writes but fails') await refuse();
      },
      async holds(id: string) {
        return state.mode === 'down' ? refuse() : written.some((entry) => entry.id === id);
      },
    },
  };
}

type TestLedger = ReturnType<typeof createTestLedger>;

function openOutbox(store: Store, ledger: TestLedger) {
  const retry = { firstMs: 1, longestMs: 4 };
  return createOutbox<TestEntry>({
    store,
    target: ledger.target,
    log: silentLog,
    clock: createManualClock(),
    retry,
  });
}

const entry = (number: number): TestEntry => ({
  id: `018bcfe5-687b-7000-8000-${String(number).padStart(12, '0')}`,
  text: `entry ${number}`,
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

const outboxIds = async (db: Kysely<Database>) =>
  (await db.selectFrom('outbox').select('id').orderBy('id').execute()).map(({ id }) => id);

for (const start of engines) {
  describe(`store on ${start.name}`, () => {
    let engine: EngineUnderTest;
    before(async () => {
      engine = await start();
    });
    after(() => engine.end());

    test('what was committed is there after a restart', async () => {
      const store = await engine.openEmpty();
      await store.db.insertInto('cursors').values({ name: 'a', next_index: 7 }).execute();
      await store.close();
      const again = await engine.reopen();
      assert.deepEqual(await again.db.selectFrom('cursors').selectAll().execute(), [
        { name: 'a', next_index: 7 },
      ]);
      await again.close();
    });

    test('a transaction that throws leaves nothing', async () => {
      const store = await engine.openEmpty();
      const failed = store.db.transaction().execute(async (transaction) => {
        await transaction.insertInto('cursors').values({ name: 'a', next_index: 1 }).execute();
        throw new Error('no');
      });
      await assert.rejects(failed, /no/);
      assert.deepEqual(await store.db.selectFrom('cursors').selectAll().execute(), []);
      await store.close();
    });

    test('no query of another caller slips into a transaction', async () => {
      const store = await engine.openEmpty();
      const inside = Promise.withResolvers<void>();
      const transaction = store.db.transaction().execute(async (own) => {
        await own.insertInto('cursors').values({ name: 'inside', next_index: 1 }).execute();
        inside.resolve();
        await new Promise((resolve) => setImmediate(resolve));
        throw new Error('rolled back');
      });
      await inside.promise;
      const outside = store.db.insertInto('cursors').values({ name: 'outside', next_index: 2 }).execute();
      await assert.rejects(transaction, /rolled back/);
      await outside;
      const rows = await store.db.selectFrom('cursors').select('name').execute();
      assert.deepEqual(rows, [{ name: 'outside' }]);
      await store.close();
    });

    test('integers up to 2^53 come back exactly, and larger ones are refused', async () => {
      const store = await engine.openEmpty();
      const largest = Number.MAX_SAFE_INTEGER;
      await store.db.insertInto('cursors').values({ name: 'large', next_index: largest }).execute();
      const { next_index } = await store.db.selectFrom('cursors').selectAll().executeTakeFirstOrThrow();
      assert.equal(next_index, largest);
      for (const value of [largest + 1, 0.5, Number.NaN]) {
        const insert = store.db.insertInto('cursors').values({ name: 'no', next_index: value }).execute();
        await assert.rejects(insert, RangeError);
      }
      await sql`insert into cursors values ('beyond', 9007199254740993)`.execute(store.db);
      await assert.rejects(store.db.selectFrom('cursors').selectAll().execute(), /large/);
      await store.close();
    });

    test('a text where an integer belongs is refused', async () => {
      const store = await engine.openEmpty();
      await assert.rejects(sql`insert into cursors values ('a', 'seven')`.execute(store.db));
      await store.close();
    });

    test('a key hash can stand only once', async () => {
      const store = await engine.openEmpty();
      const row = (id: string) => ({
        id,
        hash: 'h',
        hint: 'sty_',
        name: 'n',
        owner: null,
        role: 'r',
        addresses: null,
        created_at: 1,
        expires_at: 2,
        revoked_at: null,
        last_used_at: null,
        replaces: null,
      });
      await store.db.insertInto('api_keys').values(row('key_1')).execute();
      await assert.rejects(store.db.insertInto('api_keys').values(row('key_2')).execute());
      await store.close();
    });

    test('a database with a step this version does not know is refused and left as it was', async () => {
      const store = await engine.openEmpty();
      await sql`insert into migrations values ('9999-from-the-future')`.execute(store.db);
      await store.db.insertInto('cursors').values({ name: 'kept', next_index: 1 }).execute();
      await store.close();
      await assert.rejects(
        engine.reopen(),
        (thrown) => thrown instanceof Fault && thrown.code === 'data.newer',
      );
    });

    test('an entry of a transaction that was rolled back never reaches the ledger', async () => {
      const store = await engine.openEmpty();
      const ledger = createTestLedger();
      const outbox = openOutbox(store, ledger);
      const failed = store.db.transaction().execute(async (transaction) => {
        await outbox.enqueue(transaction, entry(1));
        throw new Error('no');
      });
      await assert.rejects(failed);
      await store.db.transaction().execute((transaction) => outbox.enqueue(transaction, entry(2)));
      await outbox.deliver(entry(2).id);
      assert.deepEqual(ledger.written, [{ ...entry(2), change: 1 }]);
      assert.deepEqual(await outboxIds(store.db), []);
      await outbox.close();
      await store.close();
    });

    test('entries wait while the ledger is down and are delivered in order when it is back', async () => {
      const store = await engine.openEmpty();
      const ledger = createTestLedger();
      ledger.state.mode = 'down';
      const outbox = openOutbox(store, ledger);
      for (const number of [2, 1, 3]) {
        await store.db.transaction().execute((transaction) => outbox.enqueue(transaction, entry(number)));
      }
      await assert.rejects(outbox.deliver(entry(3).id), /could not be recorded/);
      assert.equal(await outbox.waiting(), 3);
      ledger.state.mode = 'up';
      await until(() => ledger.written.length === 3);
      assert.deepEqual(ledger.written, [
        { ...entry(1), change: 2 },
        { ...entry(2), change: 1 },
        { ...entry(3), change: 3 },
      ]);
      await outbox.deliver(entry(3).id);
      await outbox.close();
      await store.close();
    });

    test('entries an earlier process left are delivered at start, and one it had delivered is not doubled', async () => {
      const store = await engine.openEmpty();
      const ledger = createTestLedger();
      ledger.state.mode = 'writes but fails';
      const earlier = openOutbox(store, ledger);
      await store.db.transaction().execute(async (transaction) => {
        for (let number = 1; number <= 130; number++) await earlier.enqueue(transaction, entry(number));
      });
      await assert.rejects(earlier.deliver(entry(1).id));
      await earlier.close();
      assert.ok(ledger.written.length >= 1);
      ledger.state.mode = 'up';
      const later = openOutbox(store, ledger);
      await until(async () => (await later.waiting()) === 0);
      assert.deepEqual(
        ledger.written,
        Array.from({ length: 130 }, (_, index) => ({ ...entry(index + 1), change: index + 1 })),
      );
      await later.close();
      await store.close();
    });

    test('waiting for an entry that was delivered already does not hang', async () => {
      const store = await engine.openEmpty();
      const ledger = createTestLedger();
      const outbox = openOutbox(store, ledger);
      await store.db.transaction().execute((transaction) => outbox.enqueue(transaction, entry(1)));
      await outbox.deliver(entry(1).id);
      await outbox.deliver(entry(1).id);
      assert.deepEqual(ledger.written, [{ ...entry(1), change: 1 }]);
      await outbox.close();
      await assert.rejects(outbox.deliver(entry(2).id), /closed/);
      await store.close();
    });
  });
}
