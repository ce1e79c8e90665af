import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findMemberSpans, type JsonPath } from './json-spans.ts';

function spansOfValues(text: string, paths: readonly JsonPath[]): (readonly [number, number] | undefined)[] {
  const work = findMemberSpans(text, paths);
  for (;;) {
    const step = work.next();
    if (step.done) return step.value.map((span) => span && [span.start, span.end]);
  }
}

test('values are found by their paths, as they are written', () => {
  const text = ' { "a" : [1.50, {"b":"x,]}\\"" , "\\u0063" :{"d":[ ]}}],"e": null ,"a.b":-2e1}';
  const at = (...path: JsonPath): string | undefined => {
    const span = spansOfValues(text, [path])[0];
    return span && text.slice(...span);
  };
  assert.equal(at('a', 0), '1.50');
  assert.equal(at('a', 1, 'b'), '"x,]}\\""');
  assert.equal(at('a', 1, 'c'), '{"d":[ ]}');
  assert.equal(at('a', 1, 'c', 'd'), '[ ]');
  assert.equal(at('e'), 'null');
  assert.equal(at('a.b'), '-2e1');
  assert.equal(at(), text.trim());
  for (const none of [['b'], ['a', 2], ['a', 'b'], ['a', 1, 'c', 'd', 0], ['e', 'x'], ['constructor']])
    assert.equal(at(...none), undefined);
});

test('every value of every document is found where it stands, several at once', () => {
  const pathsOf = (value: unknown, path: JsonPath): { path: JsonPath; value: unknown }[] => {
    const own = [{ path, value }];
    if (typeof value !== 'object' || value === null) return own;
    const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
    return [...own, ...steps.flatMap((step) => pathsOf(Reflect.get(value, step), [...path, step]))];
  };
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 1, 3), (json, indent) => {
      const document: unknown = JSON.parse(json);
      const text = JSON.stringify(document, undefined, indent);
      const rows = pathsOf(JSON.parse(text), []);
      const spans = spansOfValues(
        text,
        rows.map(({ path }) => path),
      );
      for (const [index, { value }] of rows.entries()) {
        const span = spans[index];
        assert.ok(span);
        assert.deepEqual(JSON.parse(text.slice(...span)), value);
      }
    }),
  );
});
