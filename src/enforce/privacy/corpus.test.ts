import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { findIn } from './bodies/find.ts';
import { doAtOnce } from './bodies/slices.ts';
import { catalogue } from './detectors/catalogue.ts';
import { createSearcher } from './scan/searcher.ts';

/*
 * A folder for each detector: every line of `ok.txt` is a text in which nothing is found, every line of `bad.txt` one in which is found
 * exactly what stands between ⟦ and ⟧, by that detector, with all others looking too. `⏎` is a line end; `¦` is nothing, and keeps
 * scanners of repositories from taking made-up secrets for leaks.
 */
const corpus = new URL('corpus/', import.meta.url);
const searcher = createSearcher({ detectors: catalogue, confidence: 0.5 });

const linesOf = (detector: string, file: string): string[] =>
  readFileSync(new URL(`${detector}/${file}`, corpus), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replaceAll('⏎', '\n').replaceAll('¦', ''));

function found(text: string): string[] {
  return doAtOnce(findIn(searcher, text, 'text')).map(
    ({ detector, start, end }) => `${detector} ${start}-${end} ${text.slice(start, end)}`,
  );
}

function readMarked(line: string, detector: string): { text: string; expected: string[] } {
  const expected: string[] = [];
  let text = '';
  for (const [index, part] of line.split(/[⟦⟧]/).entries()) {
    if (index % 2 === 1) expected.push(`${detector} ${text.length}-${text.length + part.length} ${part}`);
    text += part;
  }
  return { text, expected };
}

describe('the corpus of', () => {
  for (const { name, examples } of catalogue) {
    it(`${name}: finds what is marked, exactly, and nothing in what is none`, () => {
      const bad = linesOf(name, 'bad.txt');
      const ok = linesOf(name, 'ok.txt');
      assert.ok(bad.length > 0 && ok.length > 0);
      for (const line of bad) {
        const { text, expected } = readMarked(line, name);
        assert.ok(expected.length > 0, `nothing is marked in: ${line}`);
        assert.deepEqual(found(text), expected, line);
      }
      for (const line of ok) assert.deepEqual(found(line), [], line);
      for (const example of examples) assert.equal(found(example).length, 1, example);
    });
  }

  it('every folder belongs to a detector', () => {
    const names = catalogue.map(({ name }) => name).toSorted();
    assert.deepEqual(readdirSync(corpus).toSorted(), names);
  });
});
