import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { sql } from 'kysely';
import {
  type Operator,
  openOperators,
  type Operators,
  socketOperator,
} from '../../src/enforce/identity/index.ts';
import { identitySection } from '../../src/enforce/identity/policy-section.ts';
import { createUuidFactory, Fault, silentLog } from '../../src/kernel/index.ts';
import type { Entry } from '../../src/record/index.ts';
import { createOutbox, type Outbox, type Store } from '../../src/store/index.ts';
import { createManualClock } from '../support/clock.ts';
import { type EngineUnderTest, engines } from './engines.ts';
import { isFault } from './key-process.ts';

const { operators: section } = identitySection.schema.parse({
  operators: {
    address: 'https://console.example.com',
    oidc: { issuer: 'https://login.example.com', client: 'c', roles: { admins: 'owner' } },
  },
});
const day = 86_400_000;

/** Operators over a store and a ledger in memory that can be down. `open` is another start of the process. */
async function startProcess(store: Store) {
  const clock = createManualClock();
  const newId = createUuidFactory(clock);
  const ledger = { up: true, entries: [] as Entry[] };
  const target = {
    async append(entry: Entry) {
      if (!ledger.up) throw new Fault('ledger.unavailable');
      ledger.entries.push(entry);
    },
    holds: async (id: string) => ledger.entries.some((entry) => entry.id === id),
  };
  const retry = { firstMs: 1, longestMs: 4 };
  const outbox: Outbox<Entry> = createOutbox({ store, target, log: silentLog, clock, retry });
  const opened: Operators[] = [];
  const open = async () => {
    const operators = await openOperators({
      store,
      outbox,
      clock,
      log: silentLog,
      newId,
      section: () => section,
      person: (name) => `person_${hash('sha256', name, 'base64url')}`,
    });
    opened.push(operators);
    return operators;
  };
  const end = async () => {
    for (const operators of opened) await operators.close();
    await outbox.close();
  };
  const settled = async () => {
    while ((await outbox.waiting()) > 0) await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, ledger, open, end, settled, operators: await open() };
}

const make = async (operators: Operators, ...roles: string[]) => {
  const request = { name: 'Ada Example', roles, expiresInMs: 30 * day };
  const { operator, key } = await operators.create(request, socketOperator);
  return { id: operator.id, key: key.reveal() };
};
const asked = { act: 'prune ledger', route: 'POST /api/ledger/prune', input: { olderThan: 5 } } as const;
const who = (id: string): Operator => ({ id, kind: 'key', roles: ['owner'] });

for (const start of engines) {
  describe(`operators on ${start.name}`, () => {
    let engine: EngineUnderTest;
    let store: Store;
    let running: Awaited<ReturnType<typeof startProcess>>;
    before(async () => {
      engine = await start();
    });
    after(() => engine.end());
    beforeEach(async () => {
      store = await engine.openEmpty();
      running = await startProcess(store);
    });
    afterEach(async () => {
      await running.end();
      await store.close();
    });

    test('keys, sessions, roles and what was ended are the same after a restart', async () => {
      const { operators, open } = running;
      const ada = await make(operators, 'auditor');
      const gone = await make(operators, 'auditor');
      const kept = await operators.sessions.signIn(ada.key);
      const ended = await operators.sessions.signIn(ada.key);
      await operators.sessions.revoke(ended?.operator.sessionId ?? '', socketOperator);
      await operators.changeRoles(ada.id, ['operator', 'developer'], socketOperator);
      await operators.disable(gone.id, socketOperator);
      const again = await open();
      assert.deepEqual(again.sessions.byKey(ada.key)?.roles, ['operator', 'developer']);
      assert.equal(again.sessions.byToken(kept?.token.reveal() ?? '')?.id, ada.id);
      assert.equal(again.sessions.byToken(ended?.token.reveal() ?? ''), undefined);
      assert.equal(again.sessions.byKey(gone.key), undefined);
      assert.equal(again.find(gone.id)?.state, 'disabled');
    });

    test('keys end, and keys of callers open nothing', async () => {
      const { operators, clock } = running;
      const { key } = await make(operators, 'auditor');
      clock.advance(30 * day - 1);
      assert.ok(operators.sessions.byKey(key));
      clock.advance(1);
      assert.equal(operators.sessions.byKey(key), undefined);
      for (const wrong of ['', key.replace('sto_', 'sty_'), `${key}x`, key.slice(0, -1)])
        assert.equal(operators.sessions.byKey(wrong), undefined);
    });

    test('only hashes of keys and tokens are stored, and no name is recorded', async () => {
      const { operators, ledger } = running;
      const { key } = await make(operators, 'auditor');
      const token = (await operators.sessions.signIn(key))?.token.reveal() ?? '';
      const rows = JSON.stringify([
        await store.db.selectFrom('operator_keys').selectAll().execute(),
        await store.db.selectFrom('operator_sessions').selectAll().execute(),
      ]);
      for (const secret of [key.slice(8), token]) assert.ok(!rows.includes(secret));
      assert.ok(!JSON.stringify(ledger.entries).includes('Ada'));
    });

    test('nothing is given while the ledger is down, and everything can be taken', async () => {
      const { operators, ledger, open, settled } = running;
      const ada = await make(operators, 'auditor');
      const session = await operators.sessions.signIn(ada.key);
      ledger.up = false;
      const refused = isFault('ledger.unavailable');
      await assert.rejects(make(operators, 'owner'), refused);
      await assert.rejects(operators.changeRoles(ada.id, ['owner'], socketOperator), refused);
      await assert.rejects(operators.issueKey(ada.id, day, socketOperator), refused);
      await assert.rejects(operators.sessions.signIn(ada.key), refused);
      await assert.rejects(operators.requests.ask(asked, socketOperator), refused);
      await operators.sessions.revoke(session?.operator.sessionId ?? '', socketOperator);
      assert.equal(operators.sessions.byToken(session?.token.reveal() ?? ''), undefined);
      await operators.disable(ada.id, socketOperator);
      assert.equal(operators.sessions.byKey(ada.key), undefined);
      ledger.up = true;
      await settled();
      const again = await open();
      assert.deepEqual(
        again
          .list()
          .map(({ state, roles }) => `${state} ${roles.join()}`)
          .toSorted(),
        ['disabled auditor', 'disabled owner'],
      );
      assert.equal(
        again
          .list()
          .flatMap(({ keys }) => keys)
          .filter(({ state }) => state === 'active').length,
        1,
      );
      assert.equal((await again.requests.list())[0]?.state, 'failed');
      const kinds = new Set<string>(ledger.entries.map(({ kind }) => kind));
      for (const kind of ['operator.session-revoked', 'operator.disabled']) assert.ok(kinds.has(kind), kind);
    });

    test('an operator that is disabled while it is enabled stays disabled', async () => {
      const { operators, open } = running;
      const { id, key } = await make(operators, 'auditor');
      await operators.disable(id, socketOperator);
      running.clock.advance(5);
      const enabling = operators.enable(id, socketOperator);
      const disabling = operators.disable(id, socketOperator);
      await Promise.all([enabling, disabling]);
      assert.equal(operators.sessions.byKey(key), undefined);
      assert.equal((await open()).sessions.byKey(key), undefined);
    });

    test('an operator that is disabled while its roles change stays disabled', async () => {
      const { operators } = running;
      const { id, key } = await make(operators, 'auditor');
      const changing = operators.changeRoles(id, ['owner'], socketOperator);
      const disabling = operators.disable(id, socketOperator);
      await Promise.all([changing, disabling]);
      assert.equal(operators.sessions.byKey(key), undefined);
    });

    test('an operator is refused in memory even when the store cannot say so', async () => {
      const { operators } = running;
      const { id, key } = await make(operators, 'auditor');
      await store.db.schema.alterTable('operators').renameTo('gone').execute();
      try {
        await assert.rejects(
          operators.disable(id, socketOperator),
          isFault('store.unavailable', /written as soon as the store can be/),
        );
        assert.equal(operators.sessions.byKey(key), undefined);
      } finally {
        await store.db.schema.alterTable('gone').renameTo('operators').execute();
      }
    });

    test('of two who decide a request at once one does, and it is begun once', async () => {
      const { requests } = running.operators;
      const { id } = await requests.ask(asked, who('opr_asker'));
      const decisions = await Promise.allSettled([
        requests.approve(id, who('opr_a')),
        requests.approve(id, who('opr_b')),
        requests.refuse(id, who('opr_c'), 'no'),
        requests.withdraw(id, who('opr_asker')),
      ]);
      assert.ok(decisions.filter(({ status }) => status === 'fulfilled').length >= 1);
      const told = running.ledger.entries.filter(({ target }) => target === id).map(({ kind }) => kind);
      assert.equal(told.filter((kind) => kind === 'request.approved').length <= 1, true);
      const { id: second } = await requests.ask(asked, who('opr_asker'));
      await requests.approve(second, who('opr_a'));
      const begun = await Promise.allSettled([
        requests.begin(second),
        requests.begin(second),
        requests.begin(second),
      ]);
      assert.equal(begun.filter(({ status }) => status === 'fulfilled').length, 1);
      await requests.end(second, undefined);
      await assert.rejects(requests.begin(second), isFault('api.conflict'));
    });

    test('what a crash interrupted is never begun again, and says so', async () => {
      const { requests } = running.operators;
      const { id } = await requests.ask(asked, who('opr_asker'));
      await requests.approve(id, who('opr_a'));
      await requests.begin(id);
      const again = await running.open();
      const found = await again.requests.find(id);
      assert.deepEqual(
        [found?.state, found?.reason, found?.input],
        ['failed', 'interrupted', { olderThan: 5 }],
      );
      await assert.rejects(again.requests.begin(id), isFault('api.conflict'));
      const last = running.ledger.entries.at(-1);
      assert.deepEqual([last?.kind, last?.outcome], ['request.ended', 'unknown']);
    });

    test('an approval that cannot be recorded is taken back', async () => {
      const { requests } = running.operators;
      const { id } = await requests.ask(asked, who('opr_asker'));
      running.ledger.up = false;
      await assert.rejects(requests.approve(id, who('opr_a')), isFault('ledger.unavailable'));
      running.ledger.up = true;
      assert.equal((await requests.find(id))?.state, 'waiting');
    });

    test('who made whom is known of operators from before it was written down, and after a restart', async () => {
      const { operators } = running;
      const ada = await make(operators, 'owner');
      const by = operators.sessions.byKey(ada.key);
      assert.ok(by);
      const request = { name: 'Bob', roles: ['owner'], expiresInMs: day };
      const { operator: bob } = await operators.create(request, by);
      const people = [{ id: ada.id }, { id: bob.id }] as const;
      assert.ok(!operators.areIndependent(...people));
      assert.ok(!(await running.open()).areIndependent(...people));
      await running.end();
      const { schema } = store.db;
      await schema.dropTable('operator_ties').execute();
      await schema.alterTable('operators').dropColumn('created_by').execute();
      for (const column of ['asked_key_by', 'asker_made_by', 'confers'])
        await schema.alterTable('operator_requests').dropColumn(column).execute();
      await sql`delete from migrations where name = '0009-ties'`.execute(store.db);
      await store.close();
      store = await engine.reopen();
      running = await startProcess(store);
      assert.ok(!running.operators.areIndependent(...people));
      assert.ok(running.operators.areIndependent({ id: ada.id }, { id: 'opr_other' }));
      assert.equal(running.operators.find(bob.id)?.createdBy, ada.id);
      assert.equal(running.operators.find(ada.id)?.createdBy, 'owner');
    });

    test('a tie whose change could not be recorded is taken back with it', async () => {
      const { operators, ledger } = running;
      const ada = await make(operators, 'owner');
      const bob = await make(operators, 'auditor');
      const by = operators.sessions.byKey(ada.key);
      assert.ok(by);
      ledger.up = false;
      await assert.rejects(operators.changeRoles(bob.id, ['operator'], by), isFault('ledger.unavailable'));
      ledger.up = true;
      await running.settled();
      for (const process of [operators, await running.open()])
        assert.ok(process.areIndependent({ id: ada.id }, { id: bob.id }));
    });

    test('claims of a provider that the policy no longer names give nothing', async () => {
      const { operators } = running;
      const identity = { issuer: section.oidc?.issuer ?? '', subject: 's', name: 'Ada', values: ['admins'] };
      const begun = await operators.signInProvided(identity);
      assert.deepEqual(begun.operator.roles, ['owner']);
      await assert.rejects(
        operators.signInProvided({ ...identity, issuer: 'https://evil.example' }),
        isFault('operator.sign-in-refused'),
      );
      await store.db
        .updateTable('operators')
        .set({ claims: JSON.stringify({ issuer: 'https://former.example', values: ['admins'] }) })
        .execute();
      const again = await running.open();
      assert.deepEqual(again.sessions.byToken(begun.token.reveal())?.roles, []);
    });
  });
}
