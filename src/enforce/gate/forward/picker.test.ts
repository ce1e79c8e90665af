import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Target } from '../target.ts';
import type { Upstream, Upstreams } from '../upstreams/upstream.ts';
import { Picker } from './picker.ts';

const target = (upstream: string, weight = 1): Target => ({ upstream, weight });

function upstreamsWith(out: ReadonlySet<string> = new Set()): Upstreams {
  const one = (name: string): Upstream => ({
    name,
    available: () => !out.has(name),
    send: () => assert.fail('nothing is sent here'),
    holdsCredential: false,
    totalDeadlineMs: 1,
    state: { circuit: 'closed', healthy: undefined, credentialReadAt: undefined },
    close: async () => {},
  });
  return { get: (name) => (name === 'gone' ? undefined : one(name)), all: () => [] };
}

const walk = (picker: Picker, count: number) =>
  Array.from({ length: count }, () => {
    const found = picker.pick();
    return found && `${found.target.upstream}${found.again ? ' again' : ''}`;
  });

describe('a plan is walked', () => {
  it('place by place, each target once, then from the start again', () => {
    const picker = new Picker([[target('a')], [target('b')], [target('c')]], upstreamsWith());
    assert.deepEqual(walk(picker, 5), ['a', 'b', 'c', 'a again', 'a again']);
  });

  it('past services that are out, and past names the policy no longer has', () => {
    const picker = new Picker(
      [[target('a')], [target('gone')], [target('b')]],
      upstreamsWith(new Set(['a'])),
    );
    assert.deepEqual(walk(picker, 2), ['b', 'b again']);
  });

  it('to nothing where all are out', () => {
    assert.deepEqual(walk(new Picker([[target('a')]], upstreamsWith(new Set(['a']))), 2), [
      undefined,
      undefined,
    ]);
    assert.deepEqual(walk(new Picker([], upstreamsWith()), 1), [undefined]);
  });

  it('within a place by weight', () => {
    const place = [target('a', 3), target('b', 1)];
    const at = (mark: number) => new Picker([place], upstreamsWith(), () => mark).pick()?.target.upstream;
    assert.deepEqual([0, 0.5, 0.749, 0.75, 0.999].map(at), ['a', 'a', 'a', 'b', 'b']);
  });

  it('never to a target of weight 0, and in a place of several to the others next', () => {
    const picker = new Picker([[target('a', 0), target('b'), target('c')]], upstreamsWith(), () => 0);
    assert.deepEqual(walk(picker, 3), ['b', 'c', 'b again']);
  });

  it('never to the same target twice while another is fresh', () => {
    const plan = fc.array(
      fc.array(
        fc
          .tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(3))
          .map(([name, weight]) => target(name, weight)),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
      { maxLength: 3 },
    );
    const out = fc.subarray(['a', 'b', 'c', 'd']).map((names) => new Set(names));
    fc.assert(
      fc.property(
        plan,
        out,
        fc.float({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (places, unwell, random) => {
          const usable = places.flat().filter(({ upstream, weight }) => weight > 0 && !unwell.has(upstream));
          const picker = new Picker(places, upstreamsWith(unwell), () => random);
          const picked = Array.from({ length: usable.length }, () => picker.pick());
          assert.equal(new Set(picked.map((found) => found?.target)).size, usable.length);
          assert.ok(picked.every((found) => found && !found.again && !unwell.has(found.upstream.name)));
          assert.equal(picker.pick()?.again, usable.length > 0 ? true : undefined);
        },
      ),
    );
  });
});
