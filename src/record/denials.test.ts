import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUuidFactory } from '../kernel/index.ts';
import { createManualClock } from '../../test/support/clock.ts';
import { createDenialRecorder, type DenialRecorderOptions } from './denials.ts';
import type { Entry } from './entry.ts';

function setUp(options: Partial<DenialRecorderOptions> = {}) {
  const clock = createManualClock();
  const appended: Entry[] = [];
  const state = { writable: true };
  const ledger = {
    async append(entry: Entry) {
      if (!state.writable) throw new Error('refused');
      appended.push(entry);
    },
    get status() {
      return { ...state, size: 0, signedSize: 0, outstanding: 0, freeBytes: 1, diskLow: false };
    },
  };
  const newId = createUuidFactory(clock);
  const recorder = createDenialRecorder({ ledger, clock, newId, windowMs: 3_600_000, ...options });
  const deny = (source: string, values: Partial<Entry> = {}) => {
    const at = new Date(clock.now()).toISOString();
    const entry: Entry = {
      id: newId(),
      at,
      kind: 'call.denied',
      source,
      outcome: 'denied',
      reason: 'credential.unknown',
      ...values,
    };
    return { entry, ...recorder.record(entry, `${source} ${entry.reason}`) };
  };
  return { clock, appended, state, recorder, deny };
}

test('the first denials of an address stand in the ledger each for itself', async () => {
  const { appended, deny, recorder } = setUp();
  const denied = [deny('addr_1'), deny('addr_1'), deny('addr_2')];
  await Promise.all(denied.map(({ durable }) => durable));
  assert.deepEqual(
    appended,
    denied.map(({ entry }) => entry),
  );
  assert.deepEqual(
    denied.map(({ id }) => id),
    denied.map(({ entry }) => entry.id),
  );
  await recorder.close();
});

test('a flood of one denial becomes one counted entry, whose id every answer carried', async () => {
  const { clock, appended, deny, recorder } = setUp();
  const first = new Date(clock.now()).toISOString();
  const ids = new Set<string>();
  for (let count = 0; count < 1000; count++) {
    const { id, durable } = deny('addr_1', {
      target: count < 999 ? 'a' : 'b',
      detail: { role: 'developer', request: String(count) },
    });
    await durable;
    ids.add(id);
    clock.advance(1);
  }
  assert.equal(appended.length, 3);
  await recorder.flush();
  assert.equal(appended.length, 4);
  assert.deepEqual(ids, new Set(appended.map(({ id }) => id)));
  const counted = appended[3];
  assert.deepEqual(
    [counted?.source, counted?.reason, counted?.target],
    ['addr_1', 'credential.unknown', undefined],
  );
  const { count, firstAt, lastAt, role, request } = counted?.detail ?? {};
  assert.deepEqual([count, role, request], [997, 'developer', undefined]);
  assert.ok(typeof firstAt === 'string' && typeof lastAt === 'string');
  assert.ok(firstAt > first && lastAt > firstAt);
  await recorder.close();
});

test('a flood from endless addresses is bounded, and no denial goes uncounted', async () => {
  const { appended, deny, recorder } = setUp();
  const ids = new Set<string>();
  for (let count = 0; count < 50_000; count++) ids.add(deny(`addr_${count}`).id);
  await recorder.close();
  assert.equal(appended.length, 64 + 128 + 1);
  assert.deepEqual(ids, new Set(appended.map(({ id }) => id)));
  const told = appended.reduce((total, { detail }) => total + Number(detail?.['count'] ?? 1), 0);
  assert.equal(told, 50_000);
  const overflow = appended.at(-1);
  assert.deepEqual([overflow?.source, overflow?.reason], [undefined, 'credential.unknown']);
});

test('a window ends by itself, and the next begins anew', async () => {
  const { appended, deny, recorder } = setUp({ windowMs: 5, ownEntriesPerKey: 1 });
  deny('addr_1');
  deny('addr_1');
  const deadline = performance.now() + 5000;
  while (appended.length < 2 && performance.now() < deadline) {
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
  const { entry } = deny('addr_1');
  assert.deepEqual(
    appended.map(({ detail }) => detail?.['count']),
    [undefined, 1, undefined],
  );
  assert.equal(appended.at(-1), entry);
  await recorder.close();
});

test('a window ends on time also when the timer is late', async () => {
  const { clock, appended, deny, recorder } = setUp({ ownEntriesPerKey: 1, windowMs: 3_600_000 });
  deny('addr_1');
  deny('addr_1');
  clock.advance(3_600_000);
  deny('addr_1');
  assert.deepEqual(
    appended.map(({ detail }) => detail?.['count']),
    [undefined, 1, undefined],
  );
  await recorder.close();
});

test('while the ledger cannot write, no denial is answered as recorded', async () => {
  const { state, deny, recorder } = setUp({ ownEntriesPerKey: 1 });
  await deny('addr_1').durable;
  await deny('addr_1').durable;
  state.writable = false;
  await assert.rejects(deny('addr_1').durable);
  state.writable = true;
  await recorder.close();
});
