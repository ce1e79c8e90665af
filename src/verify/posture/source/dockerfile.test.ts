import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scanTexts } from '../../../../test/support/posture.ts';
import { readDockerfile } from './dockerfile.ts';

const keywordsOf = (text: string): string[] =>
  readDockerfile(text).flatMap(({ from, instructions }) => [from, ...instructions].map((one) => one.keyword));

describe('reading Dockerfiles', () => {
  it('takes a comment in the first line for what it is', () => {
    for (const first of [
      '# hadolint ignore=DL3008',
      '# a = b',
      '# syntax=docker/dockerfile:1',
      '#escape=\\',
    ]) {
      assert.deepEqual(keywordsOf(`${first}\nFROM a\nUSER 1\n`), ['FROM', 'USER'], first);
    }
  });

  it('joins lines by a backslash, or by what the file says', () => {
    assert.deepEqual(keywordsOf('FROM a\nRUN x \\\n  # between\n  USER 1\n'), ['FROM', 'RUN']);
    assert.deepEqual(keywordsOf('# escape=`\nFROM a\nRUN x `\n  USER 1\nCOPY a c:\\\nUSER 2\n'), [
      'FROM',
      'RUN',
      'COPY',
      'USER',
    ]);
  });

  it('takes nothing for a directive behind a comment, so that nobody can hide or add an instruction so', () => {
    for (const first of ['# hadolint ignore=DL3008', '# hadolint global ignore=a,b', '# plain', ''])
      assert.deepEqual(
        keywordsOf(`${first}\n# escape=\`\nFROM a\nRUN x \\\n  USER 1\n`),
        ['FROM', 'RUN'],
        first,
      );
    assert.deepEqual(keywordsOf('# syntax=a\n# b=c\n# escape=`\nFROM a\nRUN x `\n  USER 1\n'), [
      'FROM',
      'RUN',
    ]);
  });

  it('does not take what stands in a heredoc for an instruction', () => {
    const text = 'FROM a\nCOPY <<EOF /b\nFROM evil\nUSER root\nEOF\nUSER 1\n';
    assert.deepEqual(keywordsOf(text), ['FROM', 'COPY', 'USER']);
  });

  it('follows stages by their names, whatever their case, and puts in what ARG before FROM says', () => {
    const [, , last] = readDockerfile('ARG V=1\nfrom node:${V} as Base\nFROM base AS two\nFROM two\n');
    assert.equal(last?.base?.base?.image, 'node:1');
    assert.equal(last.base.base.base, undefined);
  });

  it('reads the line ends of Windows', () => {
    const [stage] = readDockerfile('FROM a\r\nUSER 5\r\n');
    assert.deepEqual(stage?.instructions[0]?.arguments, ['5']);
  });

  it('names a Dockerfile without FROM as one that could not be evaluated', () => {
    const { report } = scanTexts({ Dockerfile: 'RUN x\n', 'Dockerfile.dockerignore': '*\n' });
    assert.deepEqual(report.evaluated, []);
    assert.deepEqual(report.notEvaluated, [{ file: 'Dockerfile', reason: 'it has no FROM', failed: true }]);
  });

  it('finds them by their names, and lets a finding stand by a comment above it', () => {
    const text =
      'FROM scratch\n# surety: ignore D01 until 2027-01-31: the base image needs root\nUSER root\n';
    const { report } = scanTexts({ Containerfile: text, 'api.Dockerfile': text, 'Dockerfile.dev': text });
    assert.deepEqual(
      report.evaluated.map(({ file, kind }) => [file, kind]),
      [
        ['Containerfile', 'Dockerfile'],
        ['Dockerfile.dev', 'Dockerfile'],
        ['api.Dockerfile', 'Dockerfile'],
      ],
    );
    assert.equal(report.suppressed.length, 3);
    assert.ok(!report.findings.some(({ check }) => check === 'D01'));
  });

  it('never shows the value of a secret', () => {
    const { report } = scanTexts({ Dockerfile: 'FROM scratch\nENV DB_PASSWORD=hunter2secret\n' });
    assert.ok(report.findings.some(({ check }) => check === 'D02'));
    assert.doesNotMatch(JSON.stringify(report), /hunter2secret/);
  });
});
