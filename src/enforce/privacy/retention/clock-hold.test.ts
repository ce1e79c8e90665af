import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createManualClock } from '../../../../test/support/clock.ts';
import { Fault, silentLog } from '../../../kernel/index.ts';
import type { Entry } from '../../../record/index.ts';
import { installationFacts, openStore, type Store } from '../../../store/index.ts';
import { createClockHold } from './clock-hold.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);

describe('the clock that says what is past its time', () => {
  let store: Store;
  let entries: Entry[];
  beforeEach(async () => {
    store = await openStore({ file: ':memory:', log: silentLog });
    entries = [];
  });
  afterEach(() => store.close());

  /** A process that starts at a time. `set` sets its clock; `pass` lets time go by. */
  function startAt(time: number) {
    const clock = createManualClock(time);
    let shift = 0;
    const parts = {
      clockMemory: {
        load: () => installationFacts.clock(store),
        save: (seen: { seenAt: number; problem: string | undefined }) =>
          installationFacts.setClock(store, seen),
      },
      clock: { now: () => clock.now() + shift, elapsed: () => clock.elapsed() + 0.25 },
      log: silentLog,
      newId: () => 'id',
      digest: () => '',
      ledger: {
        append: async (entry: Entry) => void entries.push(entry),
        async *search() {
          for (const entry of entries.slice(-1)) yield { index: 0, entry, signed: true };
        },
      },
    } as unknown as Parameters<typeof createClockHold>[0];
    const hold = createClockHold(parts);
    return {
      hold,
      set: (milliseconds: number) => {
        shift += milliseconds;
      },
      pass: (milliseconds: number) => clock.advance(milliseconds),
    };
  }

  it('is trusted while time goes by, however long, and over restarts of up to a week', async () => {
    const first = startAt(start);
    assert.equal(await first.hold.check(), undefined);
    first.pass(400 * day);
    assert.equal(await first.hold.check(), undefined);
    assert.equal(await startAt(start + 406 * day).hold.check(), undefined);
    assert.equal(await startAt(start + 405.5 * day).hold.check(), undefined);
  });

  it('is not trusted when it is far ahead at the start, over any number of restarts, until somebody confirms it', async () => {
    await startAt(start).hold.check();
    for (const later of [8, 9, 4000]) {
      const { hold } = startAt(start + later * day);
      assert.match((await hold.check()) ?? '', /^ahead/);
      await assert.rejects(
        hold.refuse(),
        (thrown) => thrown instanceof Fault && thrown.code === 'retention.clock',
      );
    }
    const { hold } = startAt(start + 4000 * day);
    await hold.confirm('opr_a');
    assert.equal(await hold.check(), undefined);
    assert.deepEqual(
      entries.map(({ kind, actor }) => [kind, actor]),
      [['retention.clock-confirmed', 'opr_a']],
    );
    assert.equal(await startAt(start + 4001 * day).hold.check(), undefined);
  });

  it('is not trusted when it jumps ahead while the process runs, and is again when it comes back', async () => {
    const { hold, set, pass } = startAt(start);
    await hold.check();
    set(30 * day);
    assert.match((await hold.check()) ?? '', /^ahead/);
    pass(day);
    assert.match((await hold.check()) ?? '', /^ahead/);
    set(-30 * day);
    assert.equal(await hold.check(), undefined);
    assert.equal(hold.problem, undefined);
  });

  it('that went back is not trusted when it is right again, since what was made meanwhile has a wrong time', async () => {
    const { hold, set } = startAt(start);
    await hold.check();
    set(-20 * 365 * day);
    assert.match((await hold.check()) ?? '', /^behind/);
    set(20 * 365 * day);
    assert.match((await hold.check()) ?? '', /^behind/);
    const again = startAt(start + day);
    assert.match((await again.hold.check()) ?? '', /^behind/);
    await again.hold.confirm('opr_a');
    assert.equal(await again.hold.check(), undefined);
  });

  it('of a folder in which no time was kept yet is held against its newest entry', async () => {
    entries.push({ id: 'e', at: new Date(start).toISOString(), kind: 'k', outcome: 'succeeded' });
    assert.match((await startAt(start + 30 * day).hold.check()) ?? '', /^ahead/);
  });
});
