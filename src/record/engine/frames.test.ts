import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { closeFrame, decodeSegment, encodeSegmentHeader, OpenFrame } from './frames.ts';
import { replay } from './journal.ts';

const json = fc.jsonValue().map((value) => JSON.stringify(value));
const batches = fc.array(fc.array(json, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 });

function segment(start: number, content: readonly (readonly string[])[], sequence = 1): Buffer {
  const parts = [encodeSegmentHeader({ sequence, start })];
  let next = start;
  for (const entries of content) {
    const open = new OpenFrame();
    for (const entry of entries) open.add(entry);
    const frame = open.take();
    next += closeFrame(frame, next).length;
    parts.push(frame);
  }
  return Buffer.concat(parts);
}

function textsIn(bytes: Buffer): string[] {
  const decoded = decodeSegment(bytes);
  return decoded?.frames.flatMap(({ entries }) => entries.map((entry) => entry.toString('utf8', 1))) ?? [];
}

test('a segment gives back every entry, whatever text it holds', () => {
  fc.assert(
    fc.property(batches, fc.nat(2 ** 40), (content, start) => {
      const bytes = segment(start, content);
      assert.deepEqual(textsIn(bytes), content.flat());
      assert.equal(decodeSegment(bytes)?.tornBytes, 0);
    }),
  );
});

test('a frame holds what was written into it, however far it had to grow', () => {
  const entries = Array.from({ length: 300 }, (_, index) => JSON.stringify('ü'.repeat(index * 10)));
  assert.deepEqual(textsIn(segment(0, [entries])), entries);
});

test('a segment cut at any byte gives the whole frames before the cut and no half one', () => {
  const content = [['{"a":1}', '{"b":2}'], ['{"c":3}'], ['{"d":4}', '{"e":5}', '{"f":6}']];
  const whole = segment(7, content);
  const ends = [0, 1, 2, 3].map((count) => segment(7, content.slice(0, count)).length);
  for (let length = ends[0] ?? 0; length <= whole.length; length++) {
    const frames = ends.filter((end) => end <= length).length - 1;
    assert.deepEqual(textsIn(whole.subarray(0, length)), content.slice(0, frames).flat(), `${length} bytes`);
  }
});

test('a changed byte ends a segment before the frame it is in', () => {
  const whole = segment(7, [['{"a":1}'], ['{"b":2}']]);
  const first = segment(7, [['{"a":1}']]).length;
  for (let index = first; index < whole.length; index++) {
    const changed = Buffer.from(whole);
    changed[index] = (changed[index] ?? 0) ^ 1;
    assert.deepEqual(textsIn(changed), ['{"a":1}'], `byte ${index}`);
  }
});

test('what a failed segment holds past the start of the next is never taken over what was acknowledged there', () => {
  const stored = (sequence: number, bytes: Buffer) => ({ path: '', sequence, content: decodeSegment(bytes) });
  const failed = stored(1, segment(0, [['"kept"'], ['"refused"', '"refused too"']], 1));
  const next = stored(2, segment(1, [['"acknowledged"']], 2));
  const texts = [...replay([failed, next])].map(({ index, data }) => `${index} ${data.toString('utf8', 1)}`);
  assert.deepEqual(texts, ['0 "kept"', '1 "acknowledged"']);
});
