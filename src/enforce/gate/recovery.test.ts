import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createManualClock } from '../../../test/support/clock.ts';
import type { Entry, Ledger, LedgerQuery } from '../../record/index.ts';
import { finishLostCalls } from './recovery.ts';

const hour = 3_600_000;

function ledgerOf(entries: Entry[]): Ledger {
  const ledger = {
    append: async (entry: Entry) => void entries.push(entry),
    async *search({ since = 0, kind, order, limit = Number.POSITIVE_INFINITY }: LedgerQuery) {
      const found = entries.filter(
        (entry) => Date.parse(entry.at) >= since && (kind === undefined || entry.kind === kind),
      );
      for (const entry of (order === 'newest' ? found.toReversed() : found).slice(0, limit))
        yield { index: 0, signed: true, entry };
    },
  };
  return ledger as unknown as Ledger;
}

const clock = createManualClock();
let made = 0;
const recover = (entries: Entry[]) =>
  finishLostCalls({
    ledger: ledgerOf(entries),
    clock,
    newId: () => `new-${++made}`,
    longestCallMs: hour,
    costOf: (model, input, output) => (model === 'm' ? input + 10 * output : 0),
  });
const entry = (id: string, kind: string, more: Partial<Entry> = {}): Entry => ({
  id,
  at: new Date(clock.now()).toISOString(),
  kind,
  outcome: 'allowed',
  ...more,
});
const decided = (id: string, more: Partial<Entry> = {}) =>
  entry(id, 'call.decided', {
    actor: 'key_1',
    target: 'r',
    policy: 'p',
    detail: {
      model: 'm',
      role: 'developer',
      route: 'r',
      operation: 'chat.completions',
      promptTokens: 7,
      outputTokens: 100,
    },
    ...more,
  });
const finished = (decision: string) =>
  entry(`end-${decision}`, 'call.finished', { outcome: 'succeeded', detail: { decision } });

describe('calls that a crash took', () => {
  it('end as unknown, with what was reserved counted as used', async () => {
    const entries = [decided('1'), decided('2'), finished('1')];
    assert.equal(await recover(entries), 1);
    const end = entries.at(-1);
    assert.deepEqual(
      [end?.kind, end?.outcome, end?.actor, end?.target, end?.policy],
      ['call.finished', 'unknown', 'key_1', 'r', 'p'],
    );
    const { decision, inputTokens, outputTokens, estimated, costNanoUsd, role } = end?.detail ?? {};
    assert.deepEqual(
      [decision, inputTokens, outputTokens, estimated, costNanoUsd, role],
      ['2', 7, 100, true, 1007, 'developer'],
    );
  });

  it('count as reserved once for each try that a service may bill, at the price they were reserved at', async () => {
    const detail = { ...decided('1').detail, costNanoUsd: 50 };
    const retried = (id: string) =>
      entry(id, 'call.retried', { outcome: 'failed', detail: { decision: '1' } });
    const entries = [decided('1', { detail }), retried('a'), retried('b')];
    assert.equal(await recover(entries), 1);
    const { inputTokens, outputTokens, costNanoUsd } = entries.at(-1)?.detail ?? {};
    assert.deepEqual([inputTokens, outputTokens, costNanoUsd], [21, 300, 150]);
  });

  it('end once, however often the server starts', async () => {
    const entries = [decided('1')];
    assert.equal(await recover(entries), 1);
    assert.equal(await recover(entries), 0);
    assert.equal(entries.length, 2);
  });

  it('are none after a stop in order, and none in an empty ledger', async () => {
    assert.equal(await recover([decided('1'), entry('s', 'system.stopped')]), 0);
    assert.equal(await recover([]), 0);
  });

  it('are looked for as far back as a call can last', async () => {
    const at = (ago: number) => ({ at: new Date(clock.now() - ago).toISOString() });
    const entries = [
      decided('old', at(hour + 1)),
      decided('young', at(hour - 1)),
      entry('last', 'call.denied', { outcome: 'denied' }),
    ];
    assert.equal(await recover(entries), 1);
    assert.equal(entries.at(-1)?.detail?.['decision'], 'young');
  });
});
