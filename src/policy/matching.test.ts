import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  comparePatterns,
  compilePathPattern,
  compilePermissions,
  createPathMatcher,
  findModelPattern,
  findPatternTies,
  matchesModel,
  type PathPattern,
} from './matching.ts';

/** Few letters, so that patterns and paths meet often. */
const segment = fc.constantFrom('a', 'b');
const pathText = fc
  .array(fc.oneof(segment, fc.constant('')), { minLength: 1, maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`);
const patternText = fc
  .tuple(fc.array(fc.oneof(segment, fc.constant('*')), { maxLength: 4 }), fc.boolean())
  .map(([parts, open]) => `/${[...parts, ...(open ? ['**'] : [])].join('/')}`);
const pattern = patternText.map(compilePathPattern);

/** All paths of up to five segments over the letters and one that no pattern names: enough to tell any two patterns apart. */
const allPaths = (() => {
  const paths: string[] = [];
  const extend = (path: string, depth: number) => {
    if (path) paths.push(path);
    if (depth < 5) for (const part of ['a', 'b', 'z', '']) extend(`${path}/${part}`, depth + 1);
  };
  extend('', 0);
  return paths;
})();

const pathsOf = ({ matches }: PathPattern): Set<string> => new Set(allPaths.filter((path) => matches(path)));

test('a pattern matches what it says', () => {
  const cases: readonly [string, readonly string[], readonly string[]][] = [
    [
      '/v1/**',
      ['/v1', '/v1/', '/v1/chat/completions', '/v1//x'],
      ['/v10', '/v2/chat', '/', '/V1/chat', 'v1/x'],
    ],
    ['/v1/*/files', ['/v1/x/files'], ['/v1//files', '/v1/files', '/v1/x/y/files', '/v1/x/files/']],
    ['/healthz', ['/healthz'], ['/healthz/', '/healthz/x', '/healthzz']],
    ['/**', ['/', '/a', '/a/b'], ['', 'a']],
    ['/*', ['/a'], ['/', '/a/b']],
    ['/', ['/'], ['/a', '//']],
  ];
  for (const [text, matching, other] of cases) {
    const { matches } = compilePathPattern(text);
    for (const path of matching) assert.ok(matches(path), `${text} matches ${path}`);
    for (const path of other) assert.ok(!matches(path), `${text} does not match ${path}`);
  }
});

test('a text that is no pattern does not compile', () => {
  for (const text of ['', 'v1', '/v1/', '/**/x', '/v1/..'])
    assert.throws(() => compilePathPattern(text), TypeError);
});

test('the relation of two patterns is that of the sets of their paths', () => {
  fc.assert(
    fc.property(pattern, pattern, (a, b) => {
      const [aPaths, bPaths] = [pathsOf(a), pathsOf(b)];
      const aInB = aPaths.isSubsetOf(bPaths);
      const bInA = bPaths.isSubsetOf(aPaths);
      const apart = aPaths.isDisjointFrom(bPaths);
      const expected =
        aInB && bInA ? 'equal' : aInB ? 'narrower' : bInA ? 'wider' : apart ? 'disjoint' : 'crossing';
      assert.equal(comparePatterns(a, b), expected, `${a.text} and ${b.text}`);
    }),
    { numRuns: 500 },
  );
});

test('the most specific route wins, whatever the order of the routes', () => {
  const rows = fc.uniqueArray(pattern, { selector: ({ text }) => text, minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(rows, pathText, fc.infiniteStream(fc.nat()), (patterns, path, numbers) => {
      fc.pre(findPatternTies(patterns).length === 0);
      const winner = createPathMatcher(patterns, (row) => row)(path);
      const shuffled = patterns
        .map((row) => ({ row, at: numbers.next().value }))
        .sort((a, b) => a.at - b.at)
        .map(({ row }) => row);
      assert.equal(createPathMatcher(shuffled, (row) => row)(path), winner);
      for (const row of patterns.filter(({ matches }) => matches(path))) {
        assert.ok(
          winner && ['equal', 'narrower'].includes(comparePatterns(winner, row)),
          `${winner?.text} over ${row.text}`,
        );
      }
    }),
    { numRuns: 500 },
  );
});

test('patterns that cross or repeat each other are ties', () => {
  const ties = (...texts: string[]) =>
    findPatternTies(texts.map(compilePathPattern)).map(({ relation }) => relation);
  assert.deepEqual(ties('/a/*', '/*/b'), ['crossing']);
  assert.deepEqual(ties('/v1/**', '/v1/**'), ['equal']);
  assert.deepEqual(ties('/v1/**', '/v1/chat', '/v1/*', '/agents/**', '/**'), []);
});

test('a role without a permission for the path may not call it', () => {
  const may = compilePermissions([
    { verb: 'call', resource: '/v1/chat/*' },
    { verb: 'call', resource: '/agents/**' },
  ]);
  assert.ok(may('call', '/v1/chat/completions'));
  assert.ok(may('call', '/agents'));
  assert.ok(!may('call', '/v1/embeddings'));
  assert.ok(!may('call', '/v1/chat/completions/x'));
  assert.ok(!compilePermissions([])('call', '/v1/chat/completions'));
});

test('a model pattern matches its name or its beginning', () => {
  assert.ok(matchesModel('gpt-5', 'gpt-5'));
  assert.ok(!matchesModel('gpt-5', 'gpt-5-mini'));
  assert.ok(matchesModel('gpt-5*', 'gpt-5-mini'));
  assert.ok(!matchesModel('gpt-5*', 'GPT-5-mini'));
  assert.ok(matchesModel('*', ''));
  assert.ok(!matchesModel('gpt-5', 'gpt-5*'));
});

test('of model patterns the exact name wins, then the longest beginning, whatever their order', () => {
  const patterns = ['*', 'gpt-*', 'gpt-5-mini', 'gpt-5*'];
  for (const order of [patterns, patterns.toReversed()]) {
    assert.equal(findModelPattern(order, 'gpt-5-mini'), 'gpt-5-mini');
    assert.equal(findModelPattern(order, 'gpt-5-nano'), 'gpt-5*');
    assert.equal(findModelPattern(order, 'gpt-4'), 'gpt-*');
    assert.equal(findModelPattern(order, 'llama-4'), '*');
  }
  assert.equal(findModelPattern(['gpt-5'], 'constructor'), undefined);
});
