import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  readMember,
  spanOfMember,
  withMember,
} from './json.ts';

const parse = (text: string | Buffer, depth = 64) => parseStrictJson(Buffer.from(text), depth);

function problemOf(text: string | Buffer, depth?: number): string {
  const parsed = parse(text, depth);
  assert.ok(!parsed.ok, `accepted: ${text.toString()}`);
  return parsed.problem;
}

/**
 * What the text says, with names that stand twice marked: `JSON.parse` over a text in which every name is a code. Not `JSON.parse` over
 * the text itself, whose reading of escaped names depends on what was read before.
 */
function readSlowly(text: string): JsonValue {
  const names: string[] = [];
  const coded = text.replace(/("(?:[^"\\]|\\.)*")(\s*:)?/g, (whole, name: string, colon?: string) =>
    colon === undefined ? whole : `"n${names.push(JSON.parse(name) as string) - 1}"${colon}`,
  );
  const decode = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(decode);
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(
      ([code, member]) => [names[Number(code.slice(1))] ?? '', decode(member as JsonValue)] as const,
    );
    if (new Set(members.map(([name]) => name)).size < members.length)
      throw new RangeError('a name stands twice');
    return Object.fromEntries(members);
  };
  return decode(JSON.parse(coded) as JsonValue);
}

function hasDuplicate(text: string): boolean {
  try {
    readSlowly(text);
    return false;
  } catch {
    return true;
  }
}

/** A name spelled in one of the many ways JSON allows. */
const spelledName = fc
  .tuple(fc.constantFrom('model', 'a', '__proto__', 'constructor', '', 'é', '"', '\\', '}:,'), fc.boolean())
  .map(([name, escaped]) =>
    escaped && name !== ''
      ? `"${Array.from(name, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(name),
  );
const space = fc.constantFrom('', ' ', '\n', '\t', '\r\n ');
const { text: jsonText } = fc.letrec<{ text: string; value: string }>((tie) => ({
  text: fc.tuple(space, tie('value'), space).map((parts) => parts.join('')),
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom('1', '-0.5e+3', 'true', 'null', '""', '"a:b,{"', '"\\"}\\\\"', '"é😀"'),
    fc.array(tie('text'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(space, spelledName, space, tie('text')), { maxLength: 4 })
      .map(
        (members) =>
          `{${members.map(([before, name, after, value]) => `${before}${name}${after}:${value}`).join(',')}}`,
      ),
  ),
}));

describe('strict JSON', () => {
  it('takes what JSON.parse takes, unless a name stands twice in an object', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const parsed = parse(text);
        if (hasDuplicate(text)) {
          assert.ok(!parsed.ok);
          assert.match(parsed.problem, /^duplicate name at line \d+ column \d+$/);
        } else {
          assert.ok(parsed.ok);
          assert.deepEqual(parsed.value, readSlowly(text));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses everything that JSON.parse refuses, naming a place in the text', () => {
    fc.assert(
      fc.property(
        jsonText,
        fc.nat(),
        fc.constantFrom(',', '}', ']', 'x', '"', ':', '\\'),
        (text, at, char) => {
          const index = at % (text.length + 1);
          const broken = text.slice(0, index) + char + text.slice(index);
          let valid = true;
          try {
            JSON.parse(broken);
          } catch {
            valid = false;
          }
          if (valid) return;
          assert.match(problemOf(broken), / at line \d+ column \d+$/);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('names the place where it stops being JSON', () => {
    const places: readonly (readonly [string, string])[] = [
      ['{"a": tru}', 'not JSON at line 1 column 7'],
      ['{"a":\n  oops, "b": 1}', 'not JSON at line 2 column 3'],
      ['[1,]', 'not JSON at line 1 column 4'],
      ['{"a":,"b":1}', 'not JSON at line 1 column 6'],
      ['{"a" 1}', 'not JSON at line 1 column 6'],
      ['{"model":"m",}', 'not JSON at line 1 column 14'],
      ['{"a":1}}', 'not JSON at line 1 column 8'],
      ['{"a":1', 'not JSON at line 1 column 7'],
      ['{"a":"x', 'unterminated string at line 1 column 6'],
      ['{"a":1,\n "b":2,\n "a":3}', 'duplicate name at line 3 column 2'],
      ['{"a":{"b":1,"b":2}}', 'duplicate name at line 1 column 13'],
      ["{'a':1}", 'not JSON at line 1 column 2'],
      ['{"a":NaN}', 'not JSON at line 1 column 6'],
    ];
    for (const [text, problem] of places) assert.equal(problemOf(text), problem, text);
    assert.equal(problemOf(' \n'), 'not JSON: the body is empty');
    assert.match(problemOf('\ufeff{}'), /^not JSON at line 1 column 1$/);
  });

  it('holds nothing of the text in a problem', () => {
    for (const text of ['{"secret": hunter2}', '{"hunter2":1,"hunter2":2}', '[hunter2', '{"a":"hunter2'])
      assert.ok(!problemOf(text).includes('hunter2'));
  });

  it('compares names after unescaping, and takes __proto__ for a name like any other', () => {
    problemOf(String.raw`{"model":"a","\u006dodel":"b"}`);
    problemOf('{"__proto__":1,"__proto__":2}');
    problemOf(String.raw`{"__proto__":1,"__pr\u006fto__":2}`);
    const parsed = parse('{"__proto__":{"model":"x"},"constructor":1}');
    assert.ok(parsed.ok);
    assert.equal((parsed.value as JsonObject)['model'], undefined, 'a prototype was set');
    assert.equal(({} as Record<string, unknown>)['model'], undefined);
  });

  it('reads an escaped name as itself, whatever anybody sent before', () => {
    parse('{"model":"m","\\\\u006":1}');
    problemOf(String.raw`{"model":"m","\u006dodel":"other"}`);
    parse('{"mode\\\\":1}');
    const parsed = parse(String.raw`{"mode\u006c":"m"}`);
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.value, { model: 'm' });
    parse('{"a":1,"\\\\":1}');
    problemOf(String.raw`{"a":1,"\u0061":1}`);
  });

  it('bounds the depth without recursion', () => {
    assert.ok(parse(`${'['.repeat(64)}${']'.repeat(64)}`).ok);
    assert.match(
      problemOf(`${'['.repeat(65)}${']'.repeat(65)}`),
      /more than 64 levels deep at line 1 column 65/,
    );
    assert.match(problemOf('{"a":'.repeat(1_000_000)), /more than 64 levels/);
    assert.ok(parse(`{"a":"${'['.repeat(100)}"}`).ok, 'brackets inside a string are text');
  });

  it('names the first byte that is not UTF-8', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 3000 }),
        fc.constantFrom([0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x28, 0xa1], [0x80], [0xf5, 0x80]),
        fc.string({ unit: 'binary', maxLength: 50 }),
        (before, invalid, after) => {
          const head = Buffer.from(before);
          const bytes = Buffer.concat([head, Buffer.from(invalid), Buffer.from(after)]);
          assert.equal(problemOf(bytes), `invalid UTF-8 at byte ${head.length}`);
        },
      ),
    );
    assert.equal(problemOf(Buffer.from([0x22, 0xe2, 0x82])), 'invalid UTF-8 at byte 1');
  });
});

describe('readMember', () => {
  it('gives what JSON.parse gives, whatever stands around it and however it is spaced', () => {
    const names = fc.constantFrom('usage', 'usages', 'choices', '', '"usage":1', 'u');
    const objects = fc.dictionary(names, fc.jsonValue() as fc.Arbitrary<JsonValue>);
    fc.assert(
      fc.property(objects, fc.nat(3), (object, indent) => {
        const text = JSON.stringify(object, undefined, indent);
        assert.deepEqual(readMember(text, 'usage'), (JSON.parse(text) as JsonObject)['usage']);
      }),
    );
  });

  it('knows a name by what it says, however it is written', () => {
    assert.equal(readMember('{"\\u0075sage":1,"us\\u0061ges":2}', 'usage'), 1);
  });

  it('of equal names takes the last, as JSON.parse does', () => {
    assert.equal(readMember('{"usage":1,"usage":2,"other":3}', 'usage'), 2);
  });

  it('finds no member of an inner object, and none that a text only quotes', () => {
    const texts = [
      '{"inner":{"usage":1}}',
      '[{"usage":1}]',
      '["usage",1]',
      '{"text":"\\"usage\\":1,"}',
      '{"text":"usage"}',
      '"usage"',
      '',
    ];
    for (const text of texts) assert.equal(readMember(text, 'usage'), undefined, text);
  });

  it('of what is cut off reads nothing', () => {
    const whole = '{"a":[1,{"b":"]}"}],"usage":{"input":12},"z":1}';
    for (let length = 0; length < whole.length; length++)
      assert.equal(readMember(whole.slice(0, length), 'usage'), undefined, whole.slice(0, length));
    assert.deepEqual(readMember(whole, 'usage'), { input: 12 });
  });

  it('throws for a value that is no JSON', () => {
    assert.throws(() => readMember('{"usage":nothing}', 'usage'), SyntaxError);
  });
});

describe('withMember', () => {
  const value = fc.constantFrom('"new"', '{"include_usage":true}', '1');

  it('sets the member and keeps every other byte', () => {
    fc.assert(
      fc.property(jsonText, value, (text, set) => {
        const parsed = parse(text);
        fc.pre(parsed.ok && text.trim().startsWith('{'));
        const changed = withMember(text, 'model', set);
        const before = readSlowly(text) as JsonObject;
        assert.deepEqual(readSlowly(changed), { ...before, model: JSON.parse(set) as JsonValue });
        const span = spanOfMember(text, 'model');
        if (span) {
          assert.equal(changed, text.slice(0, span[0]) + set + text.slice(span[1]));
        } else {
          const added = changed.indexOf('"model":') + '"model":'.length + set.length;
          const rest = changed.slice(added).replace(/^,/, '');
          assert.equal(changed.slice(0, text.indexOf('{') + 1) + rest, text);
        }
        assert.ok(parse(changed).ok);
      }),
      { numRuns: 2000 },
    );
  });

  it('finds the member however it is spelled, at the top level only', () => {
    const text = String.raw`{ "nested": {"model":"no"}, "\u006dodel" :  "yes" , "z":[{"model":1}]}`;
    assert.equal(
      withMember(text, 'model', '"set"'),
      String.raw`{ "nested": {"model":"no"}, "\u006dodel" :  "set" , "z":[{"model":1}]}`,
    );
    assert.equal(withMember('{}', 'a', '1'), '{"a":1}');
    assert.equal(withMember(' {\n}', 'a', '1'), ' {"a":1\n}');
  });
});

describe('a document', () => {
  it('with more values than the bound is refused before they are made, and their memory is asked for', () => {
    const asked: number[] = [];
    const bounded = (text: string, maxValues = 1000, has = true) =>
      parseStrictJson(Buffer.from(text), {
        maxDepth: 10,
        maxValues,
        takeMemory: (bytes) => {
          asked.push(bytes);
          return has;
        },
      });
    for (const many of [
      `[${'{},'.repeat(1000)}{}]`,
      `[${'[],'.repeat(1000)}1]`,
      `["${'a","'.repeat(1000)}"]`,
    ]) {
      const parsed = bounded(many);
      assert.ok(!parsed.ok && parsed.problem === 'more than 1000 values', many.slice(0, 20));
    }
    assert.deepEqual(asked, [], 'memory was asked for what is refused');
    assert.ok(bounded(`[${'1,'.repeat(5000)}1]`).ok, 'numbers count as bytes');
    const small = `{"a":[${'{},'.repeat(100)}{}]}`;
    assert.ok(bounded(small).ok);
    assert.ok((asked.at(-1) ?? 0) > 100 * 64);
    const refused = bounded(small, 1000, false);
    assert.ok(!refused.ok && refused.overloaded);
  });
});
