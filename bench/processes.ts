import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** What is measured has a core of its own; everything that measures it shares the other. */
export const measuredCore = 0;
export const measuringCore = availableParallelism() > 1 ? 1 : 0;

export interface Command {
  readonly name: string;
  readonly core: number;
  readonly command: readonly [string, ...string[]];
  readonly folder?: string;
}

export interface Running {
  readonly pid: number;
  stop(): Promise<void>;
}

/** The processes of one run and the folder they write to. All are ended, each by its id, and the folder removed, however the run ends. */
export interface Processes {
  readonly folder: string;
  /** Starts a server and waits until it listens. */
  serve(command: Command, port: number): Promise<Running>;
  /** Runs a command to its end; gives what it wrote to standard output. */
  run(command: Command): Promise<string>;
  close(): Promise<void>;
}

const startWithinMs = 30_000;
const stopWithinMs = 10_000;

export async function openProcesses(): Promise<Processes> {
  const folder = await mkdtemp(join(tmpdir(), 'surety-bench-'));
  const children = new Set<ChildProcess>();
  const abandon = () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', abandon);

  function begin({ core, command, folder: workingFolder }: Command, output: number | 'pipe'): ChildProcess {
    const child = spawn('taskset', ['-c', String(core), ...command], {
      stdio: ['ignore', output, output],
      cwd: workingFolder,
    });
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  }

  return {
    folder,
    async serve(command, port) {
      if (await accepts(port)) throw new Error(`Port ${port}, which ${command.name} needs, is in use.`);
      const logFile = join(folder, `${command.name}.log`);
      const log = openSync(logFile, 'w', 0o600);
      const child = begin(command, log);
      closeSync(log);
      await listening({ child, port, name: command.name, logFile });
      return { pid: child.pid ?? 0, stop: () => stop(child) };
    },
    async run(command) {
      const child = begin(command, 'pipe');
      const [out, err] = [collect(child.stdout), collect(child.stderr)];
      const [code] = (await once(child, 'close')) as [number | null];
      if (code !== 0) throw new Error(`${command.name} ended with ${code}: ${err() || out()}`);
      return out();
    },
    async close() {
      await Promise.all([...children].map(stop));
      process.off('exit', abandon);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const parts: Buffer[] = [];
  stream?.on('data', (part: Buffer) => parts.push(part));
  return () => Buffer.concat(parts).toString('utf8');
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function listening(started: { child: ChildProcess; port: number; name: string; logFile: string }) {
  const { child, port, name, logFile } = started;
  let failure: string | undefined;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code) => (failure ??= `it ended with ${code}`));
  for (const until = performance.now() + startWithinMs; performance.now() < until; await wait(50)) {
    if (failure !== undefined) break;
    if (await accepts(port)) return;
  }
  const said = readFileSync(logFile, 'utf8').trim().split('\n').slice(-3).join('\n');
  throw new Error(`${name} did not start: ${failure ?? `nothing listens on port ${port}`}\n${said}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
  await ended;
  clearTimeout(timer);
}
