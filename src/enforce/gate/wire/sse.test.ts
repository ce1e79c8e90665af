import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EventSplitter, serverSentEvent, splitEvents } from './sse.ts';

const limit = 1024 * 1024;

/** What a reader takes from the stream, cut at the given places. An event without data is none, as the standard says. */
function readIn(chunks: readonly Buffer[], maxBytes = limit) {
  const splitter = new EventSplitter(maxBytes);
  const texts: string[] = [];
  for (const chunk of chunks) {
    const text = splitter.push(chunk);
    if (text !== undefined) texts.push(text);
  }
  const events = texts.flatMap(splitEvents);
  return {
    data: events.map(({ data }) => data).filter((data) => data !== ''),
    raw: events.map(({ raw }) => raw).join(''),
    rest: splitter.flush(),
  };
}

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places)].toSorted((a, b) => a - b);
  return [0, ...sorted].map((start, index) => bytes.subarray(start, sorted[index] ?? bytes.length));
}

const lineEnds = { LF: '\n', 'CR LF': '\r\n', CR: '\r' } as const;

describe('server-sent events', () => {
  for (const [name, end] of Object.entries(lineEnds)) {
    it(`with ${name} are the same events for every place the bytes are cut at`, () => {
      const stream = Buffer.from(
        [
          `event: a${end}data: {"é":"😀"}`,
          `data: one${end}data: two`,
          `: comment${end}data:three`,
          'data: [DONE]',
        ]
          .map((event) => `${event}${end}${end}`)
          .join(''),
      );
      const expected = ['{"é":"😀"}', 'one\ntwo', 'three', '[DONE]'];
      for (let first = 0; first <= stream.length; first++) {
        for (let second = first; second <= stream.length; second++) {
          const { data, raw, rest } = readIn(cutAt(stream, [first, second]));
          assert.deepEqual(data, expected, `cut at ${first} and ${second}`);
          assert.equal(raw + rest.toString(), stream.toString());
        }
      }
      assert.deepEqual(readIn([...stream].map((byte) => Buffer.from([byte]))).data, expected, 'byte by byte');
    });
  }

  it('are the same events for every chunking of any stream', () => {
    const line = fc.constantFrom(
      'data: x',
      'data:',
      'data',
      ':c',
      'event: e',
      'data: {"a":1}',
      'id: 1',
      'data: é😀',
    );
    const ends = fc.constantFrom('\n', '\r\n', '\r');
    const stream = fc
      .array(fc.tuple(fc.array(fc.tuple(line, ends), { minLength: 1, maxLength: 3 }), ends), { maxLength: 5 })
      .map((events) =>
        events.map(([lines, blank]) => `${lines.map(([text, end]) => text + end).join('')}${blank}`).join(''),
      );
    fc.assert(
      fc.property(stream, fc.array(fc.nat(200)), fc.string({ maxLength: 5 }), (text, cuts, tail) => {
        const bytes = Buffer.from(text + tail);
        const whole = readIn([bytes]);
        const cut = readIn(
          cutAt(
            bytes,
            cuts.map((place) => place % (bytes.length + 1)),
          ),
        );
        assert.deepEqual(cut.data, whole.data);
        assert.equal(cut.raw + cut.rest.toString(), text + tail, 'a byte was lost or changed');
      }),
      { numRuns: 2000 },
    );
  });

  it('end at every blank line the standard knows, also of mixed line ends', () => {
    for (const blank of ['\n\n', '\r\n\r\n', '\r\r', '\n\r\n', '\r\n\n', '\r\n\r', '\n\r', '\r\r\n']) {
      const stream = Buffer.from(`data: 1${blank}data: 2${blank}data: 3\n\n`);
      assert.deepEqual(readIn([stream]).data, ['1', '2', '3'], JSON.stringify(blank));
      assert.deepEqual(
        readIn([...stream].map((byte) => Buffer.from([byte]))).data,
        ['1', '2', '3'],
        JSON.stringify(blank),
      );
    }
  });

  it('are held back until they are whole', () => {
    const splitter = new EventSplitter(limit);
    assert.equal(splitter.push(Buffer.from('data: 1\n\nda')), 'data: 1\n\n');
    assert.equal(splitter.heldBytes, 2);
    assert.equal(splitter.push(Buffer.from('ta: 2\n')), undefined);
    assert.equal(splitter.push(Buffer.from('\n')), 'data: 2\n\n');
    assert.equal(splitter.heldBytes, 0);
  });

  it('that never end are bounded, in chunks of any size', () => {
    for (const size of [1, 7, 1000]) {
      const splitter = new EventSplitter(1000);
      assert.throws(() => {
        for (let sent = 0; sent <= 1000; sent += size) splitter.push(Buffer.alloc(size, 'x'));
      }, RangeError);
      assert.ok(splitter.heldBytes <= 1000 + size);
    }
    assert.ok(
      readIn([Buffer.alloc(500, 'x'), Buffer.from('\n\n'), Buffer.alloc(900, 'y')], 1000).rest.length === 900,
    );
  });

  it('made here are read here', () => {
    const made = serverSentEvent({ text: 'a\n\nb' }, 'error');
    assert.deepEqual(
      splitEvents(made).map(({ data }) => JSON.parse(data) as unknown),
      [{ text: 'a\n\nb' }],
    );
  });
});
