import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { createLane } from './lane.ts';

describe('the lane for long work', () => {
  it('takes callers in turn, one piece at a time', async () => {
    const lane = createLane(
      () => 0,
      () => false,
    );
    const order: string[] = [];
    const run = (caller: string, piece: number) =>
      lane.run(caller, () => void order.push(`${caller}${piece}`));
    await Promise.all([run('a', 1), run('a', 2), run('a', 3), run('b', 1), run('b', 2), run('c', 1)]);
    assert.deepEqual(order, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('rests while others have calls', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      let now = 0;
      let shared = true;
      const lane = createLane(
        () => now,
        () => shared,
      );
      const done: number[] = [];
      const work = (piece: number) => lane.run('a', () => void ((now += 10), done.push(piece)));
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      const all = Promise.all([work(1), work(2), work(3)]);
      await turn();
      assert.deepEqual(done, [1]);
      mock.timers.tick(79);
      assert.deepEqual(done, [1], 'the second began before eight times the first had passed');
      shared = false;
      mock.timers.tick(1);
      assert.deepEqual(done, [1, 2]);
      await turn();
      assert.deepEqual(done, [1, 2, 3], 'rests with nobody to rest for');
      await all;
    } finally {
      mock.timers.reset();
    }
  });

  it('one piece that fails fails for its caller alone', async () => {
    const lane = createLane(
      () => 0,
      () => false,
    );
    const failed = lane.run('a', () => {
      throw new TypeError('no');
    });
    const worked = lane.run('b', () => 'done');
    await assert.rejects(failed, TypeError);
    assert.equal(await worked, 'done');
  });
});
