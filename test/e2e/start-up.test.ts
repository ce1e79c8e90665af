import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { promisify } from 'node:util';
import { startSurety, surety, type TestServer } from '../support/surety.ts';

/** Runs before a command and says at its end what modules it read. */
const watcher = `
  import { registerHooks } from 'node:module';
  const read = [];
  registerHooks({ load(url, context, next) { read.push(url); return next(url, context); } });
  process.on('exit', () => process.stderr.write('\\nREAD ' + JSON.stringify(read)));
`;

let server: TestServer;
let folder = '';
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'surety-start-up-'));
  const policy = 'version: 1\nidentity: { roles: { developer: { may: [call /v1/**] } } }\n';
  server = await startSurety({ policy });
});
after(async () => {
  await server.dispose();
  rmSync(folder, { recursive: true });
});

async function modulesReadBy(...argv: string[]): Promise<readonly string[]> {
  const imported = `--import=data:text/javascript,${encodeURIComponent(watcher)}`;
  const { stderr } = await promisify(execFile)(surety, argv, {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: imported },
    maxBuffer: 16_000_000,
  });
  return JSON.parse(stderr.slice(stderr.lastIndexOf('\nREAD ') + 6)) as readonly string[];
}

/** Most of the time a command takes to start goes by modules; each of these brings a hundred or more. */
const heavy = /node_modules\/(kysely|undici|zod|yaml|hono|prom-client|jose)\/|src\/verify\/posture\/checks\//;
const named = (modules: readonly string[]): string[] => [
  ...new Set(modules.flatMap((url) => heavy.exec(url)?.[0] ?? [])),
];

it('a command reads what it needs and no other room', async () => {
  const data = ['--data', server.dataFolder];
  const expected: readonly (readonly [string[], string[]])[] = [
    [['--version'], []],
    [['keys', 'list', ...data], []],
    [['ledger', 'verify', ...data], ['node_modules/zod/']],
    [
      ['policy', 'check', server.policyFile],
      ['node_modules/yaml/', 'node_modules/zod/'],
    ],
  ];
  for (const [argv, needed] of expected) {
    const modules = await modulesReadBy(...argv);
    assert.ok(
      modules.some((url) => url.endsWith('/src/main.ts')),
      'the watcher sees nothing',
    );
    assert.deepEqual(named(modules).sort(), needed, argv.join(' '));
  }
});
