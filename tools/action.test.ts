import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Step {
  readonly shell: string;
  readonly run: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly [Step, Step] };
}

const action = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as Action;
const [install, scan] = action.runs.steps;

type Inputs = Readonly<Record<string, string>>;

/** As the runner puts them in: the input, or else its default, or else nothing. */
function environmentOf({ env = {} }: Step, inputs: Inputs): Record<string, string> {
  const fill = (value: string) =>
    value.replace(/\$\{\{ inputs\.([a-z-]+) \}\}/g, (_, name: string) => {
      assert.ok(action.inputs[name], `there is no input ${name}`);
      return inputs[name] ?? action.inputs[name].default ?? '';
    });
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)]));
}

/** A checked-out repository, and what the runner does with a step in it. */
function openRepository(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'surety-action-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const workspace = join(folder, 'a workspace');
  mkdirSync(workspace);
  const run = (step: Step, { inputs = {}, env = {} }: { inputs?: Inputs; env?: Inputs } = {}) => {
    const [script, outputs] = [join(folder, 'step.sh'), join(folder, 'outputs')];
    writeFileSync(script, step.run);
    writeFileSync(outputs, '');
    assert.equal(step.shell, 'bash');
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['--noprofile', '--norc', '-e', '-o', 'pipefail', script],
      {
        cwd: workspace,
        encoding: 'utf8',
        env: {
          PATH: process.env['PATH'] ?? '',
          GITHUB_ACTION_PATH: root,
          GITHUB_OUTPUT: outputs,
          ...environmentOf(step, inputs),
          ...env,
        },
      },
    );
    return { status, stdout, stderr, outputs: readFileSync(outputs, 'utf8') };
  };
  return {
    folder,
    write: (name: string, text: string) => {
      mkdirSync(join(workspace, name, '..'), { recursive: true });
      writeFileSync(join(workspace, name), text);
    },
    has: (name: string) => existsSync(join(workspace, name)),
    read: (name: string) => readFileSync(join(workspace, name), 'utf8'),
    run,
    scan: (inputs: Inputs) => run(scan, { inputs }),
  };
}

const clean = 'FROM scratch\nCOPY app /app\nUSER 10001\nHEALTHCHECK CMD ["/app", "health"]\nCMD ["/app"]\n';
const rooted = clean.replace('USER 10001', 'USER 0');
const broken = 'kind: Pod\na: [1\n';

test('no input of the action reaches a script but through the environment', () => {
  assert.equal(action.runs.using, 'composite');
  for (const { run } of action.runs.steps) assert.doesNotMatch(run, /\$\{\{/);
  for (const name of Object.keys(action.inputs))
    assert.ok(Object.values(scan.env ?? {}).includes(`\${{ inputs.${name} }}`), `${name} is not passed on`);
});

test('the action installs what the lock says, without scripts of packages, in its own folder', (context) => {
  const { folder, run } = openRepository(context);
  const [home, tools] = [join(folder, 'action'), join(folder, 'tools')];
  for (const path of [home, tools]) mkdirSync(path);
  writeFileSync(join(tools, 'npm'), '#!/bin/sh\necho "$PWD: $*"\n');
  chmodSync(join(tools, 'npm'), 0o755);
  const { status, stdout } = run(install, {
    env: { GITHUB_ACTION_PATH: home, PATH: [tools, process.env['PATH']].join(delimiter) },
  });
  assert.deepEqual(
    [status, stdout],
    [0, `${home}: ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error\n`],
  );
});

test('the action ends as the scan does, says so in its outputs, and leaves a SARIF file', (context) => {
  const repository = openRepository(context);
  repository.write('clean/Dockerfile', clean);
  repository.write('a b/Dockerfile', rooted);
  repository.write('broken/pod.yaml', broken);
  const inputs = { 'sarif-file': 'my report.sarif' };
  for (const [paths, code, results] of [
    ['clean', 0, 0],
    ['clean\n\na b\n', 1, 1],
    ['broken', 2, 0],
  ] as const) {
    const { status, stdout, stderr, outputs } = repository.scan({ ...inputs, paths });
    assert.equal(status, code, stdout + stderr);
    assert.equal(outputs, `exit-code=${code}\nsarif-file=my report.sarif\n`);
    const sarif = JSON.parse(repository.read('my report.sarif')) as { runs: { results: unknown[] }[] };
    assert.equal(sarif.runs[0]?.results.length, results, paths);
  }
  assert.equal(repository.scan({ paths: 'a b', 'fail-on': 'critical' }).status, 0);
  assert.match(repository.scan({ paths: 'a b', format: 'json' }).stdout, /"check": "D01"/);
});

test('the action goes by a policy, and judges by the version of Kubernetes that it is told', (context) => {
  const { write, scan: scanWith, has } = openRepository(context);
  write('a policy.yaml', 'version: 1\nverify: { scan: [app], failOn: critical }\n');
  write('app/Dockerfile', rooted);
  assert.deepEqual(scanWith({ policy: 'a policy.yaml' }).status, 0);
  assert.deepEqual(scanWith({ policy: 'a policy.yaml', 'fail-on': 'low' }).status, 1);
  const { status, stderr, outputs } = scanWith({ paths: 'app', kubernetes: 'old', 'sarif-file': 'r.sarif' });
  assert.equal(status, 2);
  assert.match(stderr, /--kubernetes takes a version such as 1\.33, not old/);
  assert.equal(outputs, 'exit-code=2\nsarif-file=\n');
  assert.ok(!has('r.sarif'), 'a scan that could not begin left a report');
});

test('an input cannot be run, taken for an option, or make an output', (context) => {
  const repository = openRepository(context);
  repository.write('Dockerfile', rooted);
  const hostile = `'"; touch pwned; $(touch pwned) \`touch pwned\` > pwned`;
  for (const text of [hostile, '--fix'])
    for (const name of Object.keys(action.inputs)) {
      const { status } = repository.scan({ paths: 'Dockerfile', [name]: text });
      assert.equal(status, name === 'sarif-file' ? 1 : 2, `${name}: ${text}`);
      assert.ok(!repository.has('pwned'), `${name} was run: ${text}`);
    }
  assert.equal(repository.read('Dockerfile'), rooted);
  const { outputs } = repository.scan({ paths: 'Dockerfile', 'sarif-file': 'a\nexit-code=0' });
  assert.equal(outputs, 'exit-code=1\nsarif-file=aexit-code=0\n');
});

test('names in the repository are no commands to the runner', (context) => {
  const repository = openRepository(context);
  const name = '::add-mask::a.dockerfile';
  repository.write(name, rooted);
  const { stdout } = repository.scan({ paths: name });
  const [first = '', ...rest] = stdout.trimEnd().split('\n');
  const token = /^::stop-commands::([0-9a-f]{32})$/.exec(first)?.[1];
  assert.ok(token && rest.some((line) => line.startsWith(name)));
  assert.equal(rest.at(-1), `::${token}::`);
});

interface Hook {
  readonly id: string;
  readonly language: string;
  readonly entry: string;
  readonly args: readonly string[];
  readonly files: string;
  readonly pass_filenames: boolean;
}

test('the hook of pre-commit scans the whole folder when a manifest or a Dockerfile changes', (context) => {
  const hooks = parse(readFileSync(join(root, '.pre-commit-hooks.yaml'), 'utf8')) as readonly Hook[];
  const [hook] = hooks;
  assert.ok(hook);
  assert.deepEqual(
    [hooks.length, hook.id, hook.language, hook.pass_filenames],
    [1, 'surety-scan', 'script', false],
  );
  const files = new RegExp(hook.files);
  for (const name of [
    'a.yaml',
    'k8s/a.yml',
    'a.json',
    'Dockerfile',
    'x/Dockerfile.web',
    'x/Containerfile',
    'web.dockerfile',
  ])
    assert.ok(files.test(name), name);
  for (const name of ['a.ts', 'yaml', 'README.md', 'MyDockerfile']) assert.ok(!files.test(name), name);

  const { write, run } = openRepository(context);
  const commit = () => run({ shell: 'bash', run: `'${join(root, hook.entry)}' ${hook.args.join(' ')}` });
  write('Dockerfile', clean);
  assert.equal(commit().status, 0);
  write('k8s/Dockerfile', rooted);
  const { status, stdout } = commit();
  assert.equal(status, 1);
  assert.match(stdout, /^k8s\/Dockerfile\n {2}\d+:\d+ +high +D01 /);
});
