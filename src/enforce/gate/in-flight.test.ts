import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import { type FaultCode } from '../../kernel/index.ts';
import { createManualClock } from '../../../test/support/clock.ts';
import { createInFlight, type FlyingCall } from './in-flight.ts';
import type { Authorized } from './states.ts';

function start() {
  mock.timers.enable({ apis: ['setInterval'] });
  const clock = createManualClock();
  const inFlight = createInFlight({ clock, isActive: ({ expiresAt }) => clock.now() < expiresAt });
  const fly = (more: { deadline?: number; expiresAt?: number; id?: string } = {}) => {
    const cuts: FaultCode[] = [];
    let watched = 0;
    const { deadline = Number.POSITIVE_INFINITY, expiresAt = Number.POSITIVE_INFINITY, id = 'key_1' } = more;
    const call: FlyingCall = {
      state: { caller: { id, expiresAt } } as unknown as Authorized,
      deadline,
      cut(code) {
        cuts.push(code);
        inFlight.remove(call);
      },
      watch: () => void watched++,
    };
    inFlight.add(call);
    return { call, cuts, watched: () => watched };
  };
  const pass = (milliseconds: number) => {
    clock.advance(milliseconds);
    mock.timers.tick(100);
  };
  return { clock, inFlight, fly, pass };
}

describe('calls in flight', () => {
  afterEach(() => mock.timers.reset());

  it('are cut when their time is over', () => {
    const { fly, pass } = start();
    const { cuts } = fly({ deadline: 5000 });
    pass(4999);
    assert.deepEqual(cuts, []);
    pass(1);
    assert.deepEqual(cuts, ['upstream.timeout-total']);
  });

  it('are cut when their key expires', () => {
    const { clock, fly, pass } = start();
    const { cuts } = fly({ expiresAt: clock.now() + 1000 });
    pass(999);
    assert.deepEqual(cuts, []);
    pass(1);
    assert.deepEqual(cuts, ['stream.revoked']);
  });

  it('look after their own deadlines otherwise', () => {
    const { fly, pass } = start();
    const flying = fly();
    pass(100);
    assert.equal(flying.watched(), 1);
  });

  it('are cut by what they are, and no other', () => {
    const { inFlight, fly } = start();
    const [one, other] = [fly({ id: 'key_1' }), fly({ id: 'key_2' })];
    assert.equal(
      inFlight.cutWhere(({ caller }) => (caller.id === 'key_1' ? 'stream.revoked' : undefined)),
      1,
    );
    assert.deepEqual([one.cuts, other.cuts], [['stream.revoked'], []]);
    assert.equal(inFlight.size, 1);
  });

  it('are waited for until there are none', async () => {
    const { inFlight, fly } = start();
    await inFlight.empty();
    const { call } = fly();
    let empty = false;
    const waiting = inFlight.empty().then(() => {
      empty = true;
    });
    await Promise.resolve();
    assert.ok(!empty);
    inFlight.remove(call);
    await waiting;
    assert.ok(empty);
  });
});
