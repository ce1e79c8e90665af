import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A copy of what starts Surety, around a main that says what it was given; and a PATH with nothing but what a shell has. */
function buildHome(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'surety-entrance-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const home = join(folder, 'a home');
  const tools = join(folder, 'tools');
  for (const path of [join(home, 'src'), join(home, 'node_modules/.bin'), tools])
    mkdirSync(path, { recursive: true });
  for (const path of ['bin/surety', 'tools/node-version.cjs']) cpSync(join(root, path), join(home, path));
  writeFileSync(
    join(home, 'src/main.ts'),
    'const given: string[] = process.argv.slice(2);\nconsole.log(JSON.stringify(given));\n',
  );
  for (const name of ['readlink', 'dirname']) {
    const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(found, join(tools, name));
  }
  /** A `node` that says it is of the version. */
  const pretend = (version: string) => {
    const preload = join(folder, 'pretend.cjs');
    writeFileSync(preload, `Object.defineProperty(process.versions, 'node', { value: '${version}' });`);
    writeFileSync(join(tools, 'node'), `#!/bin/sh\nexec '${process.execPath}' -r '${preload}' "$@"\n`);
    chmodSync(join(tools, 'node'), 0o755);
  };
  const run = (program: string, ...given: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, given, {
      cwd: '/',
      encoding: 'utf8',
      env: { PATH: tools },
    });
    return { status, stdout, stderr };
  };
  return { folder, home, pretend, run };
}

const bundled = (home: string) => symlinkSync(process.execPath, join(home, 'node_modules/.bin/node'));

test('surety runs with the Node.js of its own folder, from anywhere, through symlinks, with its arguments untouched', (context) => {
  const { folder, home, run } = buildHome(context);
  bundled(home);
  mkdirSync(join(folder, 'links'));
  symlinkSync('../a home/bin/surety', join(folder, 'links', 'relative'));
  symlinkSync(join(folder, 'links', 'relative'), join(folder, 'absolute'));
  for (const program of [
    join(home, 'bin/surety'),
    join(folder, 'links/relative'),
    join(folder, 'absolute'),
  ]) {
    const { status, stdout, stderr } = run(program, 'keys', 'create', '--name', 'a b', '$HOME *');
    assert.deepEqual([status, stderr], [0, '']);
    assert.deepEqual(JSON.parse(stdout), ['keys', 'create', '--name', 'a b', '$HOME *']);
  }
});

test('surety takes a Node.js of the PATH that is new enough', (context) => {
  const { home, pretend, run } = buildHome(context);
  pretend('24.0.0');
  assert.equal(run(join(home, 'bin/surety'), 'up').status, 0);
});

test('surety with no Node.js, an old one, or without its dependencies says so in one sentence and exits with 2', (context) => {
  const { home, pretend, run } = buildHome(context);
  const surety = join(home, 'bin/surety');
  assert.deepEqual(run(surety, 'up'), {
    status: 2,
    stdout: '',
    stderr:
      'Surety needs Node.js 24 or newer and found none; run "npm ci" in the folder of Surety, which brings the right one.\n',
  });
  pretend('20.19.5');
  assert.deepEqual(run(surety, 'up'), {
    status: 2,
    stdout: '',
    stderr:
      'Surety needs Node.js 24 or newer and found 20.19.5; run "npm ci" in the folder of Surety, which brings the right one.\n',
  });
  pretend('24.1.0');
  rmSync(join(home, 'node_modules'), { recursive: true });
  const { status, stderr } = run(surety, 'up');
  assert.equal(status, 2);
  assert.match(stderr, /^Surety's dependencies are missing; run "npm ci" in .* first\.\n$/);
});

test('a bundled Node.js that this machine cannot run is passed over', (context) => {
  const { home, pretend, run } = buildHome(context);
  writeFileSync(join(home, 'node_modules/.bin/node'), 'not a program', { mode: 0o755 });
  pretend('24.0.0');
  assert.equal(run(join(home, 'bin/surety'), 'up').status, 0);
});
