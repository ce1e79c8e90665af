import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from './clock.ts';
import { createUuidFactory, encodeBase62, randomId, uuidTime } from './ids.ts';

/** A clock that gives these times, then the last one for ever. */
function clockOf(...times: readonly number[]): Clock {
  const left = [...times];
  return { now: () => (left.length > 1 ? left.shift() : left[0]) ?? 0, elapsed: () => 0 };
}

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a UUIDv7', () => {
  it('carries its time, version and variant', () => {
    const at = Date.UTC(2026, 0, 31, 12);
    const newId = createUuidFactory(clockOf(at));
    for (let count = 0; count < 2000; count++) assert.match(newId(), uuidV7);
    assert.equal(uuidTime(createUuidFactory(clockOf(at))()), at);
    for (const text of [
      '',
      'x',
      '0199e2c4-7d5e-4000-8000-0123456789ab',
      '0199E2C4-7D5E-7000-8000-0123456789AB',
    ])
      assert.equal(uuidTime(text), undefined, text);
  });

  it('uses each of its four variants about as often', () => {
    const newId = createUuidFactory(clockOf(1_700_000_000_000));
    const counts = new Map<string, number>();
    for (let count = 0; count < 8000; count++) {
      const digit = newId().charAt(19);
      counts.set(digit, (counts.get(digit) ?? 0) + 1);
    }
    assert.deepEqual([...counts.keys()].sort(), ['8', '9', 'a', 'b']);
    // 2000 expected; 200 is more than five standard deviations away.
    for (const [digit, count] of counts) assert.ok(Math.abs(count - 2000) < 200, `${digit}: ${count}`);
  });

  it('sorts after the one before, also within a millisecond and when its counter overflows', () => {
    const newId = createUuidFactory(clockOf(1_700_000_000_000));
    const ids = Array.from({ length: 10_000 }, newId);
    assert.deepEqual(ids.toSorted(), ids);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('sorts after the one before when the clock steps back', () => {
    const start = 1_700_000_000_000;
    const times = [start, start - 60_000, start - 3_600_000, start - 1, start, start + 1, start - 5];
    const newId = createUuidFactory(clockOf(...times));
    const ids = Array.from({ length: 50 }, newId);
    assert.deepEqual(ids.toSorted(), ids);
    assert.ok((uuidTime(ids.at(-1) ?? '') ?? 0) >= start);
  });
});

describe('a random id', () => {
  it('says what it names and has 96 random bits', () => {
    const ids = new Set(Array.from({ length: 1000 }, () => randomId('key')));
    assert.equal(ids.size, 1000);
    for (const id of ids) assert.match(id, /^key_[0-9A-Za-z]{17}$/);
  });

  it('in base62 is exact', () => {
    assert.equal(encodeBase62(Buffer.from([0, 61]), 3), '00z');
    assert.equal(encodeBase62(Buffer.from([62]), 1), '10');
    assert.equal(encodeBase62(Buffer.alloc(12, 0xff), 17).length, 17);
  });
});
