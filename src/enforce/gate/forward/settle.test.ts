import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Recorded } from '../states.ts';
import { settledUsage } from './settle.ts';

const state = { promptTokens: 100, outputTokens: 1000 } as unknown as Recorded;
const nothing = { input: 0, cachedInput: 0, output: 0, reasoning: 0, estimated: false };

describe('a call is settled', () => {
  it('as the service said', () => {
    const usage = { input: 80, cachedInput: 20, output: 30, reasoning: 10 };
    const settled = settledUsage(
      state,
      { result: 'succeeded', status: 200, tries: 1 },
      { usage, characters: 999 },
    );
    assert.deepEqual(settled, { ...usage, estimated: false });
  });

  it('from what was passed on where the service did not say', () => {
    const settled = settledUsage(
      state,
      { result: 'succeeded', status: 200, tries: 1 },
      { usage: undefined, characters: 41 },
    );
    assert.deepEqual(settled, { ...nothing, input: 100, output: 11, estimated: true });
  });

  it('from what was passed on where the caller left or the answer was cut', () => {
    for (const result of ['cancelled', 'cut'] as const) {
      const usage = { input: 80, cachedInput: 5, output: 1 };
      const settled = settledUsage(state, { result, status: 200, tries: 1 }, { usage, characters: 400 });
      assert.deepEqual(
        settled,
        { ...nothing, input: 80, cachedInput: 5, output: 100, estimated: true },
        result,
      );
    }
  });

  it('never for less than the service said so far', () => {
    const settled = settledUsage(
      state,
      { result: 'cut', status: 200, tries: 1 },
      { usage: { input: 1, output: 50 }, characters: 4 },
    );
    assert.equal(settled.output, 50);
  });

  it('with its prompt where the caller left before the answer began', () => {
    const settled = settledUsage(state, { result: 'cancelled', status: 0, tries: 1 }, undefined);
    assert.deepEqual(settled, { ...nothing, input: 100, estimated: true });
  });

  it('with nothing where no service took it, or the service refused it', () => {
    assert.deepEqual(settledUsage(state, { result: 'failed', status: 503, tries: 0 }, undefined), nothing);
    assert.deepEqual(settledUsage(state, { result: 'failed', status: 502, tries: 3 }, undefined), nothing);
    assert.deepEqual(
      settledUsage(state, { result: 'failed', status: 400, tries: 1 }, { usage: undefined, characters: 0 }),
      nothing,
    );
    assert.deepEqual(settledUsage(state, { result: 'cancelled', status: 0, tries: 0 }, undefined), nothing);
  });
});
