import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findIn } from '../bodies/find.ts';
import { doAtOnce } from '../bodies/slices.ts';
import { createSearcher } from '../scan/searcher.ts';
import { boundPattern } from './bounded-pattern.ts';
import { createDictionary } from './dictionary.ts';
import { createPatternDetector, patternProblem } from './pattern.ts';

function found(detector: Parameters<typeof createSearcher>[0]['custom'], text: string): string[] {
  const searcher = createSearcher({ detectors: [], custom: detector ?? [] });
  return doAtOnce(findIn(searcher, text, 'text')).map(({ start, end }) => text.slice(start, end));
}

const byPattern = (pattern: string, text: string, ignoreCase = true): string[] =>
  found([createPatternDetector({ name: 'own', pattern, ignoreCase })], text);
const byWords = (words: readonly string[], text: string, matchCase = false): string[] =>
  found([createDictionary({ name: 'own', words, matchCase })], text);

describe('a pattern of a policy', () => {
  it('finds what it says', () => {
    assert.deepEqual(byPattern('EMP-[0-9]{4,6}', 'EMP-1234 emp-567890 EMP-12'), ['EMP-1234', 'emp-567890']);
    assert.deepEqual(byPattern('EMP-[0-9]+', 'emp-1 EMP-1', false), ['EMP-1']);
    assert.deepEqual(byPattern('\\b(?:foo|ba[rz])\\b', 'foo bar bazz barfoo'), ['foo', 'bar']);
    assert.deepEqual(byPattern('K\\d+', 'Ｋ１２３ and K​9'), ['Ｋ１２３', 'K​9']);
  });

  it('repeats a bounded number of times, so that a stream can be searched for it', () => {
    assert.deepEqual(boundPattern('a*b+c?d{2}e{3,}(?:fg){0,2}'), {
      source: 'a{0,64}b{1,64}c{0,1}d{2,2}e{3,64}(?:fg){0,2}',
      longest: 64 + 64 + 1 + 2 + 64 + 4,
    });
    assert.equal(boundPattern('[^\\]x]|\\p{Greek}|\\x{1F600}|(?i)ab').longest, 2);
    assert.equal(byPattern('A[0-9]+', `A${'1'.repeat(100)}`)[0]?.length, 65);
  });

  it('is refused with a reason that repeats nothing of it', () => {
    const refused: readonly (readonly [string, RegExp])[] = [
      ['(a', /\( that is not closed/],
      ['a)', /\) that closes nothing/],
      ['[a', /\[ that is not closed/],
      ['*a', /\* that repeats nothing/],
      ['(a)\\1', /RE2 does not take it/],
      ['a(?=b)', /look-ahead/],
      ['(?<!a)b', /linear time/],
      ['a++', /repeats nothing/],
      ['^a', /\^ and \$/],
      ['a$', /\^ and \$/],
      ['\\Aa', /is not taken here/],
      ['(a+)+', /characters long/],
      ['(?:(?:a{1,60}){1,10}){1,10}', /characters long/],
      ['\\b', /empty text/],
      ['a{5,2}', /less than/],
      [`${'('.repeat(40)}a${')'.repeat(40)}`, /deep/],
      ['x'.repeat(600), /longer than 512/],
      ['[z-a]', /RE2 does not take it/],
    ];
    for (const [pattern, reason] of refused) {
      const problem = patternProblem(pattern);
      assert.ok(problem !== undefined, pattern);
      assert.match(problem, reason, pattern);
      if (pattern.length > 2) assert.ok(!problem.includes(pattern), pattern);
    }
    for (const pattern of ['a|b', '[a-z]{3}', '(?i)x', 'é+', '\\d{3}-\\d{4}', '[[:alpha:]]{2}'])
      assert.equal(patternProblem(pattern), undefined, pattern);
  });

  it('that would take a backtracking engine for ever ends at once', () => {
    const text = `${'a'.repeat(20_000)}!`;
    // `(a|a)*b` over n letters takes 2^n steps by backtracking.
    assert.deepEqual(byPattern('(?:a|a|aa){1,20}b', text), []);
  });
});

describe('words of a policy', () => {
  it('are found whole, whatever their capitals, the longest where several fit', () => {
    const words = ['Project Bluebird', 'Bluebird', 'ash', 'C++'];
    assert.deepEqual(byWords(words, 'project bluebird, BLUEBIRD; bluebirds, crash ash. C++'), [
      'project bluebird',
      'BLUEBIRD',
      'ash',
      'C++',
    ]);
    assert.deepEqual(byWords(['Ada'], 'ada Ada', true), ['Ada']);
  });

  it('are found in scripts without spaces, and behind disguises', () => {
    assert.deepEqual(byWords(['青鳥計画'], 'これは青鳥計画です'), ['青鳥計画']);
    assert.deepEqual(byWords(['Bluebird'], 'Ｂｌｕｅｂｉｒｄ Blue\u200bbird Вluebird'), [
      'Ｂｌｕｅｂｉｒｄ',
      'Blue\u200bbird',
      'Вluebird',
    ]);
  });

  it('may be many: all are found in one walk', () => {
    const words = Array.from({ length: 10_000 }, (_, index) => `name${index}x`);
    assert.deepEqual(byWords(words, 'name0x name9999x name10000x'), ['name0x', 'name9999x']);
  });

  it('that begin alike do not hide each other', () => {
    assert.deepEqual(byWords(['ab cd ef', 'cd', 'cd eg'], 'ab cd eg ab cd ef'), ['cd eg', 'ab cd ef']);
  });
});
