import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createCohort } from './cohort.ts';

describe('a cohort', () => {
  it('acts in the order of its members, after all that came in the same turn', async () => {
    const acted: number[] = [];
    const add = createCohort<number>((member) => void acted.push(member));
    add(1);
    add(2);
    await Promise.resolve();
    add(3);
    assert.deepEqual(acted, []);
    await turn();
    assert.deepEqual(acted, [1, 2, 3]);
  });

  it('leaves those that come while it acts to the next', async () => {
    const cohorts: number[][] = [];
    const add = createCohort<number>((member) => {
      if (member === 1) cohorts.push([]);
      cohorts.at(-1)?.push(member);
      if (member === 2) add(1);
    });
    add(1);
    add(2);
    add(3);
    await turn();
    assert.deepEqual(cohorts, [[1, 2, 3]]);
    await turn();
    assert.deepEqual(cohorts, [[1, 2, 3], [1]]);
  });

  it('gathers as it is told to', () => {
    const acted: number[] = [];
    const gather = mock.fn<(begin: () => void) => void>();
    const add = createCohort<number>((member) => void acted.push(member), gather);
    add(1);
    add(2);
    assert.equal(gather.mock.callCount(), 1);
    gather.mock.calls[0]?.arguments[0]();
    assert.deepEqual(acted, [1, 2]);
    add(3);
    assert.equal(gather.mock.callCount(), 2);
  });

  it('goes on where one of its members throws, and does not swallow that', async () => {
    const acted: number[] = [];
    const add = createCohort<number>((member) => {
      if (member === 2) throw new Error('two');
      acted.push(member);
    });
    const thrown = new Promise<unknown>((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
    try {
      for (const member of [1, 2, 3]) add(member);
      assert.equal(((await thrown) as Error).message, 'two');
      assert.deepEqual(acted, [1, 3]);
    } finally {
      process.setUncaughtExceptionCaptureCallback(null);
    }
  });
});
