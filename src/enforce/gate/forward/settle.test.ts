import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settledUsage, type Tried } from './settle.ts';

const state = { promptTokens: 100, outputTokens: 1000, operation: { operation: {} } };
const nothing = { input: 0, cachedInput: 0, output: 0, reasoning: 0, estimated: false };
const reserved = { ...nothing, input: 100, output: 1000, estimated: true };
const answered: Tried = { result: 'succeeded', serviceStatus: 200, sent: true, unanswered: 0 };

describe('a call is settled', () => {
  const usage = { input: 80, cachedInput: 20, output: 30, reasoning: 10 };

  it('as the service said', () => {
    assert.deepEqual(settledUsage(state, answered, { usage, characters: 999 }), {
      ...usage,
      estimated: false,
    });
  });

  it('as the service said of the whole answer, also where it was cut, held back, or the caller left', () => {
    for (const result of ['cancelled', 'cut', 'failed'] as const) {
      const settled = settledUsage(state, { ...answered, result }, { usage, final: true, characters: 999 });
      assert.deepEqual(settled, { ...usage, estimated: false }, result);
    }
  });

  it('as it was reserved where the service said nothing of usage, or not all of it', () => {
    for (const part of [undefined, {}, { output: 7 }, { cachedInput: 0 }])
      assert.deepEqual(settledUsage(state, answered, { usage: part, characters: 41 }), reserved);
    const settled = settledUsage(state, answered, { usage: { input: 80 }, characters: 41 });
    assert.deepEqual(settled, { ...reserved, input: 80 });
  });

  it('as it was reserved where the caller left or the answer was cut before its end, whatever was passed on', () => {
    for (const result of ['cancelled', 'cut', 'failed'] as const) {
      const counted = { usage: { input: 80, cachedInput: 5, output: 1 }, characters: 4 };
      assert.deepEqual(
        settledUsage(state, { ...answered, result }, counted),
        { ...reserved, input: 80, cachedInput: 5 },
        result,
      );
    }
  });

  it('never for less than the service said or sent', () => {
    const cut = { ...answered, result: 'cut' as const };
    assert.equal(settledUsage(state, cut, { usage: { input: 1, output: 5000 }, characters: 4 }).output, 5000);
    assert.equal(settledUsage(state, cut, { usage: undefined, characters: 12_000 }).output, 3000);
  });

  it('as it was reserved where it was sent and nobody answered', () => {
    for (const result of ['cancelled', 'failed', 'cut'] as const)
      assert.deepEqual(settledUsage(state, { ...answered, serviceStatus: 0, result }, undefined), reserved);
  });

  it('once for each try that a service may have done', () => {
    assert.deepEqual(settledUsage(state, { ...answered, unanswered: 2 }, { usage, characters: 9 }), {
      ...usage,
      input: 280,
      output: 2030,
      estimated: true,
    });
  });

  it('with nothing where no service took it, or the service answered with an error', () => {
    const failed = { ...answered, result: 'failed' as const };
    assert.deepEqual(settledUsage(state, { ...failed, serviceStatus: 0, sent: false }, undefined), nothing);
    for (const serviceStatus of [302, 400, 401, 429, 500, 529])
      assert.deepEqual(
        settledUsage(state, { ...failed, serviceStatus }, { usage: undefined, characters: 0 }),
        nothing,
      );
  });

  it('with nothing where the service bills no such operation', () => {
    const free = { ...state, operation: { operation: { free: true } } };
    assert.deepEqual(settledUsage(free, answered, { usage: undefined, characters: 9 }), nothing);
    assert.equal(settledUsage(free, answered, { usage, characters: 9 }).input, 80);
  });
});
