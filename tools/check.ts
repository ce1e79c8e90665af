import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';

/** One of the things `npm run check` looks at, each a command of its own. */
interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What to do when it fails. */
  readonly remedy: string;
}

const checks: readonly Check[] = [
  { name: 'format', command: ['biome', 'format', '--reporter=summary', '.'], remedy: 'npm run format' },
  { name: 'lint', command: ['oxlint', '--format=unix'], remedy: 'mend the lines named' },
  { name: 'types', command: ['tsc', '--project', '.', '--pretty', 'false'], remedy: 'mend the lines named' },
  { name: 'rooms', command: ['node', 'tools/rooms/run.ts'], remedy: 'read tools/rooms/rules.ts' },
  { name: 'unused', command: ['knip', '--no-progress'], remedy: 'remove what nothing uses' },
  // Tests do not count as users: what only its own test reaches is not a feature.
  {
    name: 'reached',
    command: ['knip', '--no-progress', '--production', '--include', 'files,exports'],
    remedy: 'use it, remove it, or mark it @internal where only tests need it',
  },
  { name: 'generated', command: ['node', 'tools/generate.ts', '--check'], remedy: 'npm run generate' },
];

interface Result {
  readonly check: Check;
  readonly passed: boolean;
  readonly output: string;
  readonly milliseconds: number;
}

function run(check: Check): Promise<Result> {
  const [program, ...parameters] = check.command;
  const started = performance.now();
  const path = [`${process.cwd()}/node_modules/.bin`, process.env['PATH']].join(delimiter);
  const child = spawn(program, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: path, NO_COLOR: '1', CI: 'true' },
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.stderr.on('data', (part: Buffer) => parts.push(part));
  return new Promise((resolve) => {
    const end = (passed: boolean, extra = '') =>
      resolve({
        check,
        passed,
        output: Buffer.concat(parts).toString('utf8') + extra,
        milliseconds: performance.now() - started,
      });
    child.on('error', (error) => end(false, `${program} could not be started: ${error.message}\n`));
    child.on('close', (code) => end(code === 0));
  });
}

function report({ check, passed, output, milliseconds }: Result): void {
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`.padStart(7);
  console.log(
    `${passed ? '✔' : '✖'} ${check.name.padEnd(10)}${seconds}${passed ? '' : `  → ${check.remedy}`}`,
  );
  if (!passed) console.log(output.trimEnd().replace(/^/gm, '  '));
}

// All run, whatever fails, so that one look shows everything; one after the other, since most use every core by themselves.
process.chdir(new URL('..', import.meta.url).pathname);
let failed = 0;
for (const check of checks) {
  const result = await run(check);
  report(result);
  if (!result.passed) failed += 1;
}
console.log(failed === 0 ? `${checks.length} checks passed` : `${failed} of ${checks.length} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;
