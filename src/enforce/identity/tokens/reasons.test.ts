import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { tokenReasons } from './reasons.ts';

test('every reason why a token is refused stands in the documents, and no other', () => {
  const text = readFileSync(new URL('../../../../docs/tokens.md', import.meta.url), 'utf8');
  const documented = Array.from(text.matchAll(/^\| `(token\.[a-z-]+)` \| (.+) \|$/gm), ([, code, says]) => [
    code,
    says,
  ]);
  assert.deepEqual(Object.fromEntries(documented), tokenReasons);
});
