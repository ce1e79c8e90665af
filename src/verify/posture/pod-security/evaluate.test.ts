import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { Field } from '../field.ts';
import { readPod } from '../kubernetes/pod.ts';
import { evaluatePod, type PodSecurityLevel } from './evaluate.ts';
import { newestVersion } from './rule.ts';

/** The Pods with which the standard's own authors test their implementation; they lie beside the project, not in it. */
const fixtures = join(import.meta.dirname, '../../../../../shared/fixtures/pod-security');
const present = existsSync(fixtures);
const strictness: Readonly<Record<PodSecurityLevel, number>> = { privileged: 0, baseline: 1, restricted: 2 };

function levelOf(file: string, version: number): PodSecurityLevel {
  return evaluatePod(readPod(new Field(parse(readFileSync(file, 'utf8')))), version).level;
}

describe('the Pod Security Standards, by the fixtures of their own authors', () => {
  it('were found beside the project', (context) => {
    if (!present)
      context.skip('The fixtures are not beside the project: the standards were not judged by them.');
  });

  for (const level of ['baseline', 'restricted'] as const) {
    for (let version = 0; version <= newestVersion; version++) {
      it(`${level} of 1.${version} allows and refuses exactly their Pods`, (context) => {
        if (!present) return context.skip('no fixtures');
        for (const verdict of ['pass', 'fail'] as const) {
          const folder = join(fixtures, level, `v1.${version}`, verdict);
          const files = readdirSync(folder);
          assert.ok(files.length > 0);
          const wrong = files.filter((file) => {
            const keeps = strictness[levelOf(join(folder, file), version)] >= strictness[level];
            return keeps !== (verdict === 'pass');
          });
          assert.deepEqual(wrong, [], `${verdict}, judged the other way`);
        }
        return undefined;
      });
    }
  }
});
