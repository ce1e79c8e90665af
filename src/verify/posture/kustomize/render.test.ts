import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findRenderer, type Renderer, render } from './render.ts';

const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'surety-render-test-'));

function writeProgram(file: string, text: string): string {
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

const script = (text: string): Renderer => ({
  program: writeProgram(join(temporaryFolder(), 'program'), text),
  parameters: ['build'],
  searchPath: '/usr/bin:/bin',
  timeoutMs: 20_000,
  mostBytes: 10_000,
});

function reasonOf(means: Renderer): string {
  const rendered = render('/folder', means);
  return 'reason' in rendered ? rendered.reason : assert.fail('it was rendered');
}

describe('the program that renders', () => {
  it('is given the folder, and what it says is what the folder becomes', () => {
    assert.deepEqual(render('/folder', script('echo "$@"')), { text: 'build /folder\n' });
  });

  it('gets nothing of the environment, no input, and an empty home', () => {
    process.env['SURETY_TEST_CANARY'] = 'canary';
    const said = reasonOf(script('env >&2; ls -A "$HOME" >&2; cat >&2; exit 1'));
    assert.doesNotMatch(said, /CANARY/);
    for (const given of ['GIT_ALLOW_PROTOCOL=none', 'HTTPS_PROXY=http://127.0.0.1:9', 'PATH=/usr/bin:/bin'])
      assert.ok(said.includes(given), given);
  });

  it('is ended when it takes too long or says too much', () => {
    assert.equal(
      reasonOf({ ...script('exec sleep 60'), timeoutMs: 300 }),
      'rendering it took longer than 0.3 s',
    );
    assert.match(reasonOf(script('exec yes')), /is larger than/);
  });

  it('is quoted in one line that is not long', () => {
    const said = reasonOf(script('echo "# Warning: old" >&2; printf "Error: %01000d\n" 7 >&2; exit 1'));
    assert.match(said, /^…0+7$/);
    assert.ok(said.length < 310);
    const logged =
      'E1125 06:23:43.789067   31023 run.go:72] \\"command failed\\" err=<\n\tit is\n\tbroken\n >';
    assert.equal(reasonOf(script(`printf "${logged}\n" >&2; exit 1`)), 'it is broken');
  });

  it('may be gone', () => {
    assert.equal(reasonOf({ ...script(''), program: '/nowhere' }), '/nowhere cannot be run (ENOENT)');
  });

  it('is looked for in absolute folders alone, kubectl before kustomize', () => {
    const folder = temporaryFolder();
    const more = join(folder, 'more');
    mkdirSync(more);
    writeFileSync(join(folder, 'kubectl'), 'no program');
    assert.equal(findRenderer(`.:relative::${folder}`), undefined);
    writeProgram(join(more, 'kustomize'), '');
    assert.deepEqual(findRenderer(`${folder}:${more}`)?.parameters, ['build']);
    writeProgram(join(folder, 'kubectl'), '');
    assert.equal(findRenderer(`${more}:${folder}`)?.program, join(folder, 'kubectl'));
  });
});
