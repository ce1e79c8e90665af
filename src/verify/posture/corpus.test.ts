import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { corpusSettings } from '../../../test/support/posture.ts';
import { checks } from './checks/catalogue.ts';
import type { Finding } from './report.ts';
import { scan } from './scan.ts';

/**
 * A folder a check: `ok.*` in which it finds nothing, `bad.*` in which it finds just what its lines say (`# finds: PATH`). JSON has no comments: what is found in
 * `bad.x.json` stands in `bad.x.json.finds`, a path a line; `.` is the resource itself.
 */
const corpus = join(import.meta.dirname, 'corpus');

function findingsOf(check: string, file: string): Finding[] {
  const { report } = scan([file], corpusSettings);
  assert.deepEqual(
    report.notEvaluated.filter(({ failed }) => failed),
    [],
  );
  return report.findings.filter((finding) => finding.check === check);
}

function expectedIn(path: string): string[] {
  const beside = `${path}.finds`;
  if (existsSync(beside)) {
    const lines = readFileSync(beside, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => (line === '.' ? '' : line));
  }
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line) => (line.startsWith('# finds:') ? line.slice(8).trim() : []));
}

describe('the corpus of the checks', () => {
  for (const { id, of } of checks) {
    // Suppressions have a test of their own.
    if (of === 'suppression') continue;
    const folder = join(corpus, id);
    const files = readdirSync(folder).filter((name) => !name.endsWith('.finds'));

    it(`${id} has good and bad manifests`, () => {
      assert.ok(files.some((name) => name.startsWith('ok.')));
      assert.ok(files.some((name) => name.startsWith('bad.')));
    });

    for (const name of files) {
      const path = join(folder, name);
      if (name.startsWith('ok.')) {
        it(`${id} finds nothing in ${name}`, () => {
          assert.deepEqual(findingsOf(id, path), []);
        });
        continue;
      }
      it(`${id} finds just what is wrong in ${name}`, () => {
        const expected = expectedIn(path);
        assert.ok(expected.length > 0);
        const found = findingsOf(id, path);
        assert.deepEqual(found.map((one) => one.path).toSorted(), expected.toSorted());
        for (const { line, column, message, fix } of found) {
          assert.ok(line > 0 && column > 0 && message.endsWith('.') && fix.endsWith('.'));
        }
      });
    }
  }

  it('holds no folder of a check that does not exist', () => {
    const ids = new Set(checks.map(({ id }) => id));
    assert.deepEqual(
      readdirSync(corpus).filter((name) => !ids.has(name)),
      [],
    );
  });
});
