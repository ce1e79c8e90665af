import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';

/** `streams.test.ts`: "one name", "another": as the table of threats names what shows each answer. */
const citation = /`([\w-]+\.test\.ts)`: ("[^"]+"(?:, "[^"]+")*)/g;

const testFiles = globSync(['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts']);

/** The words of a name that stand in the source; an ellipsis stands for what a template fills in. */
function standsIn(text: string, name: string): boolean {
  return text.includes(name.replaceAll('…', '').trim());
}

test('every test that the threat model names is there', () => {
  const model = readFileSync('docs/threat-model.md', 'utf8');
  const cited = [...model.matchAll(citation)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => ({ file, name })),
  );
  assert.ok(cited.length > 50, `only ${cited.length} are named`);
  const missing = cited.filter(({ file, name }) => {
    const sources = testFiles.filter((path) => basename(path) === file);
    return !sources.some((path) => standsIn(readFileSync(path, 'utf8'), name));
  });
  assert.deepEqual(missing, []);
});
