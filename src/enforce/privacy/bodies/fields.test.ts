import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../kernel/index.ts';
import { createClassifier } from '../classes.ts';
import { createPlaceholders } from '../redact/placeholders.ts';
import { dataSchema } from '../section.ts';
import { EventFilter } from './event-filter.ts';
import { type FieldPlaces, parseFieldPlace, readingOfFields } from './fields.ts';
import { inspectBody, inspectInTurns } from './inspect.ts';
import { bodyReadingOf } from './table.ts';

const classifier = createClassifier(dataSchema.parse({ detect: 'all' }));
const email = 'ada@canary.example';

function redact(places: FieldPlaces, body: JsonValue): { written: JsonValue; found: string[] } {
  const text = JSON.stringify(body);
  const result = inspectBody(classifier, {
    reading: readingOfFields(places),
    direction: 'request',
    document: JSON.parse(text) as JsonValue,
    text,
  });
  assert.ok(result.ok);
  return {
    written: JSON.parse(result.redact(-1, createPlaceholders())) as JsonValue,
    found: result.findings.map(({ path }) => path.join('.')),
  };
}

describe('places of fields', () => {
  it('are names with dots, and brackets for any item of a list', () => {
    assert.deepEqual(parseFieldPlace('query'), ['query']);
    assert.deepEqual(parseFieldPlace('messages[].content'), ['messages', '[]', 'content']);
    assert.deepEqual(parseFieldPlace('[][].a'), ['[]', '[]', 'a']);
    for (const wrong of ['', '.', 'a.', 'a..b', 'a[0]', 'a[', 'a.[]', '$.a[*]', '[]a'])
      assert.equal(parseFieldPlace(wrong), undefined, wrong);
  });

  it('that are not named are looked into as they are written', () => {
    const body = { query: 'x', more: [{ deep: email }], [email]: 1 };
    assert.deepEqual(redact({}, body).written, { query: 'x', more: [{ deep: '[EMAIL_1]' }], '[EMAIL_1]': 1 });
    assert.deepEqual(redact({ text: ['query'] }, { query: 'x', more: { [email]: email } }).written, {
      query: 'x',
      more: { '[EMAIL_1]': '[EMAIL_1]' },
    });
    assert.deepEqual(redact({}, [email, 4_111_111_111_111_111]).found.length, 2);
    assert.deepEqual(redact({}, email).written, '[EMAIL_1]');
  });

  it('of text join what is split over the items of one list, and no others', () => {
    const places = { text: ['messages[].parts[].text'] };
    const parts = (...texts: string[]) => ({ parts: texts.map((text) => ({ text })) });
    const split = redact(places, { messages: [parts('card 4111 1111', ' 1111 1111')] });
    assert.ok(!JSON.stringify(split.written).includes('1111'));
    const apart = redact(places, { messages: [parts('4111 1111'), parts('x'), parts('1111 1111')] });
    assert.deepEqual(apart.found, []);
  });

  it('of JSON are read through their escapes', () => {
    const inner = JSON.stringify({ to: email }).replace('@', '\\u0040');
    const { written } = redact({ json: ['call.arguments'] }, { call: { arguments: inner } });
    assert.deepEqual(written, { call: { arguments: '{"to":"[EMAIL_1]"}' } });
  });

  it('to skip are not looked into, and only they', () => {
    const body = { vector: [4_111_111_111_111_111], items: [{ id: email, body: email }] };
    const { written, found } = redact({ skip: ['vector', 'items[].id'] }, body);
    assert.deepEqual(found, ['items.0.body']);
    assert.deepEqual(written, { ...body, items: [{ id: email, body: '[EMAIL_1]' }] });
  });

  it('that hold something else than was said are read as they are written', () => {
    for (const value of [email, [email], { a: email }, { text: { b: [email] } }] as JsonValue[])
      assert.equal(redact({ text: ['q', 'q.text', 'q[].text'] }, { q: value }).found.length, 1);
    const body = JSON.parse(`{"__proto__": {"text": "${email}"}, "constructor": "${email}"}`) as JsonValue;
    assert.equal(redact({ text: ['__proto__.text'] }, body).found.length, 2);
  });
});

describe('pieces in the events of a stream', () => {
  const text = `write to ${email}, or call; card 4111 1111 1111 1111.`;
  const places = { stream: ['delta.text', 'choices[].piece'], skip: ['id'] };

  const filter = (events: readonly JsonObject[]): JsonObject[] => {
    const { event } = readingOfFields(places);
    assert.ok(event);
    const placeholders = createPlaceholders();
    const filtered = new EventFilter(event, {
      redact: { classifier, placeholders, ceiling: -1, onFinding() {}, onText() {} },
      restore: undefined,
    });
    const data = events.flatMap((one) => filtered.push(one, JSON.stringify(one)).data);
    return [...data, ...filtered.end()].map((one) => JSON.parse(one) as JsonObject);
  };

  it('are one text, wherever it was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const ends = [...new Set([0, ...cuts, text.length])].toSorted((a, b) => a - b);
        const pieces = ends.slice(1).map((end, index) => text.slice(ends[index], end));
        const left = filter(
          pieces.map((piece, id) => ({ id, delta: { text: piece }, choices: [{ piece }] })),
        );
        const said = left.map((event) => (event['delta'] as { text: string }).text).join('');
        const other = left.map((event) => (event['choices'] as { piece: string }[])[0]?.piece).join('');
        assert.equal(said, 'write to [EMAIL_1], or call; card [CARD_1].');
        assert.equal(other, said);
      }),
    );
  });

  it('leave the rest of an event to be looked into by itself', () => {
    const [event] = filter([{ id: 1, note: email, delta: { text: 'x. ' } }]);
    assert.deepEqual([event?.['id'], event?.['note']], [1, '[EMAIL_1]']);
  });
});

describe('a large body', () => {
  it('is looked into in turns with other work, and comes to the same', async () => {
    const body = { a: `${'word '.repeat(2_000_000)}${email}`, b: [email, `${'x'.repeat(300_000)} ${email}`] };
    const text = JSON.stringify(body);
    const given = {
      reading: readingOfFields({ text: ['a'] }),
      direction: 'request',
      document: body,
      text,
    } as const;
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const inTurns = await inspectInTurns(classifier, given);
    clearInterval(timer);
    const atOnce = inspectBody(classifier, given);
    assert.ok(inTurns.ok && atOnce.ok);
    assert.deepEqual(inTurns.findings, atOnce.findings);
    assert.equal(inTurns.findings.length, 3);
    assert.ok(turns > 3, `other work had ${turns} turns`);
  });

  it('costs in proportion to its size, however many texts it has and however much is found', () => {
    const searched = (count: number): number => {
      let characters = 0;
      const counting = {
        ...classifier,
        searcher: {
          ...classifier.searcher,
          search(text: string, options: Parameters<typeof classifier.searcher.search>[1]) {
            characters += text.length;
            return classifier.searcher.search(text, options);
          },
        },
      };
      const content = Array.from({ length: count }, (_, index) => ({
        type: 'text',
        text: `write to user${index}@canary.example please`,
      }));
      const body = { messages: [{ role: 'user', content }] };
      const text = JSON.stringify(body);
      const reading = bodyReadingOf('chat.completions');
      const found = inspectBody(counting, { reading, direction: 'request', document: body, text });
      assert.ok(found.ok);
      assert.equal(found.findings.length, count);
      return characters / text.length;
    };
    const [small, large] = [searched(50), searched(5000)];
    assert.ok(large < small * 1.5 && large < 5, `${small} and ${large} times its size`);
  });

  it('of many texts, and what is redacted of it, are worked on in turns, with the same result', async () => {
    const content = Array.from({ length: 5000 }, (_, index) => ({
      type: 'text',
      text: `user${index}@canary.example`,
    }));
    const body = { messages: [{ role: 'user', content }] };
    const text = JSON.stringify(body);
    const given = {
      reading: bodyReadingOf('chat.completions'),
      direction: 'request',
      document: body,
      text,
    } as const;
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const inTurns = await inspectInTurns(classifier, given);
    assert.ok(inTurns.ok);
    const beganAt = turns;
    const redacted = await inTurns.redactInTurns(-1, createPlaceholders());
    clearInterval(timer);
    assert.ok(beganAt > 3 && turns > beganAt, `other work had ${beganAt} and ${turns - beganAt} turns`);
    const atOnce = inspectBody(classifier, given);
    assert.ok(atOnce.ok);
    assert.equal(redacted, atOnce.redact(-1, createPlaceholders()));
    assert.ok(!redacted.includes('canary'));
  });
});
