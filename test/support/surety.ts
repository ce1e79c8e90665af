import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entry } from '../../src/record/index.ts';

export const surety = fileURLToPath(new URL('../../bin/surety', import.meta.url));

/** Stands in prompts of end-to-end tests. It must reach the service and the caller, and nothing else. */
export const canaryPrompt = 'canary-prompt-7f3b9c';

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface IssuedKey {
  readonly id: string;
  readonly key: string;
  readonly role: string;
  readonly expiresAt: string;
}

/** Surety as its users run it: the command, in a process of its own, with a data folder of its own. */
export interface TestServer {
  readonly gate: string;
  readonly console: string;
  readonly pid: number;
  readonly folder: string;
  readonly dataFolder: string;
  readonly policyFile: string;
  /** What the process has written so far. */
  output(): string;
  log(): string;
  run(...argv: string[]): Promise<CommandResult>;
  createKey(role: string, more?: readonly string[]): Promise<IssuedKey>;
  entries(...filters: string[]): Promise<Entry[]>;
  /** Waits for entries that satisfy the test, which may come a moment after the answer. */
  waitForEntries(
    filters: readonly string[],
    enough: (entries: readonly Entry[]) => boolean,
  ): Promise<Entry[]>;
  metrics(): Promise<string>;
  /** Ends the process with a signal; gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Starts again on the same data folder and policy. */
  restart(): Promise<void>;
  /** Stops, checks that no canary is left anywhere but where it belongs, and removes the folder. */
  dispose(): Promise<void>;
}

export interface StartOptions {
  readonly policy: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Texts beside the canary prompt and the keys made here that must stand nowhere. */
  readonly secrets?: readonly string[];
  /** Puts something in place of the data folder before the server starts. */
  readonly prepare?: (dataFolder: string) => Promise<void>;
}

export async function startSurety({
  policy,
  environment = {},
  secrets = [],
  prepare,
}: StartOptions): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'surety-e2e-'));
  const dataFolder = join(folder, 'data');
  const policyFile = join(folder, 'surety.yaml');
  writeFileSync(policyFile, policy);
  const forbidden = [canaryPrompt, ...secrets];
  await prepare?.(dataFolder);
  let process = await spawnServer({ policyFile, dataFolder, environment });
  forbidden.push(...process.keys);
  let log = '';

  const run = (...argv: string[]) => runSurety([...argv, '--data', dataFolder], folder);
  const server: TestServer = {
    get gate() {
      return process.gate;
    },
    get console() {
      return process.console;
    },
    get pid() {
      return process.child.pid ?? 0;
    },
    folder,
    dataFolder,
    policyFile,
    output: () => process.out(),
    log: () => log + process.err(),
    run,
    async createKey(role, more = []) {
      const made = await run(
        'keys',
        'create',
        '--name',
        `test ${role}`,
        '--role',
        role,
        '--expires',
        '1d',
        '--json',
        ...more,
      );
      assert.equal(made.code, 0, made.err);
      const issued = JSON.parse(made.out) as IssuedKey;
      forbidden.push(issued.key);
      return issued;
    },
    async entries(...filters) {
      const found = await run('ledger', 'search', '--oldest', '--limit', '100000', '--json', ...filters);
      assert.equal(found.code, 0, found.err);
      return found.out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Entry);
    },
    async waitForEntries(filters, enough) {
      return waitFor(async () => {
        const found = await server.entries(...filters);
        return enough(found) ? found : undefined;
      });
    },
    metrics: async () => (await fetch(`${process.console}/metrics`)).text(),
    async stop(signal = 'SIGTERM') {
      log += process.err();
      return endProcess(process.child, signal);
    },
    async restart() {
      process = await spawnServer({ policyFile, dataFolder, environment });
    },
    async dispose() {
      const metrics = process.child.exitCode === null ? await server.metrics() : '';
      await server.stop();
      assertClean('the log', log, forbidden);
      assertClean('the metrics', metrics, forbidden);
      for (const { path, text } of filesUnder(dataFolder)) assertClean(path, text, forbidden);
      rmSync(folder, { recursive: true });
    },
  };
  return server;
}

interface SpawnedServer {
  readonly child: ChildProcess;
  readonly gate: string;
  readonly console: string;
  readonly keys: readonly string[];
  out(): string;
  err(): string;
}

async function spawnServer(options: {
  policyFile: string;
  dataFolder: string;
  environment: Readonly<Record<string, string>>;
}): Promise<SpawnedServer> {
  const { policyFile, dataFolder, environment } = options;
  const argv = [
    'up',
    '--policy',
    policyFile,
    '--data',
    dataFolder,
    '--gate',
    '127.0.0.1:0',
    '--console',
    '127.0.0.1:0',
  ];
  const child = spawn(surety, argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  await waitFor(async () => {
    if (child.exitCode !== null) throw new Error(`surety ended with ${child.exitCode}: ${err}`);
    return /policy {3}.*\n[\s\S]*\n$/.test(out) || undefined;
  });
  const address = (name: string): string => new RegExp(`${name} +(http:\\S+)`).exec(out)?.[1] ?? '';
  return {
    child,
    gate: address('gate'),
    console: address('console'),
    keys: out.match(/sty_[0-9A-Za-z]+/g) ?? [],
    out: () => out,
    err: () => err,
  };
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
  return child.exitCode;
}

/** Runs a command to its end, with `input` as its standard input, which is empty otherwise. */
export async function runSurety(
  argv: readonly string[],
  folder: string,
  input: string | Buffer = '',
): Promise<CommandResult> {
  const child = spawn(surety, argv, { cwd: folder });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  // A command that ends without reading its input closes the pipe; its exit code is what counts.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

const waitLimitMs = 30_000;
const waitStepMs = 20;

/** Asks again until there is an answer; fails after a time that no healthy run comes near. */
export async function waitFor<Found>(ask: () => Promise<Found | undefined>): Promise<Found> {
  const end = Date.now() + waitLimitMs;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error('what was waited for did not come');
    await new Promise((resolve) => setTimeout(resolve, waitStepMs));
  }
}

function assertClean(where: string, text: string, forbidden: readonly string[]): void {
  for (const secret of forbidden) {
    assert.ok(
      !text.includes(secret),
      `${where} holds something that must not be there: ${secret.slice(0, 8)}…`,
    );
  }
}

function* filesUnder(folder: string): Generator<{ path: string; text: string }> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (statSync(path).isFile()) yield { path, text: readFileSync(path, 'latin1') };
  }
}
