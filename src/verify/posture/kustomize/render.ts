import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** A program that renders a folder with a kustomization. */
export interface Renderer {
  readonly program: string;
  readonly parameters: readonly string[];
  /** `PATH`: some are scripts that start another. */
  readonly searchPath: string;
  readonly timeoutMs: number;
  readonly mostBytes: number;
}

export type Rendered = { readonly text: string } | { readonly reason: string };

const candidates: readonly (readonly [string, string])[] = [
  ['kubectl', 'kustomize'],
  ['kustomize', 'build'],
];

/** The first there is on the search path. Relative entries do not count: what is scanned must not say what is run. */
export function findRenderer(searchPath: string): Renderer | undefined {
  const folders = searchPath.split(delimiter).filter((folder) => isAbsolute(folder));
  for (const [name, parameter] of candidates) {
    const program = folders.map((folder) => join(folder, name)).find(isProgram);
    if (program !== undefined)
      return { program, parameters: [parameter], searchPath, timeoutMs: 30_000, mostBytes: 32 * 1024 * 1024 };
  }
  return undefined;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Renders a folder. The program gets an empty home, no standard input, and nothing of this process's environment but the search path; what it
 * would fetch, it would have to fetch through a proxy that does not exist, and git may use no protocol.
 */
export function render(folder: string, renderer: Renderer): Rendered {
  const home = mkdtempSync(join(tmpdir(), 'surety-kustomize-'));
  try {
    const proxy = 'http://127.0.0.1:9';
    const { error, status, stdout, stderr } = spawnSync(
      renderer.program,
      [...renderer.parameters, resolve(folder)],
      {
        cwd: home,
        env: {
          PATH: renderer.searchPath,
          HOME: home,
          HTTP_PROXY: proxy,
          HTTPS_PROXY: proxy,
          GIT_ALLOW_PROTOCOL: 'none',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: renderer.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: renderer.mostBytes,
        encoding: 'utf8',
      },
    );
    if (error) return { reason: describe(error, renderer) };
    return status === 0 ? { text: stdout } : { reason: messageOf(stderr) };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function describe(error: Error, { timeoutMs, mostBytes, program }: Renderer): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ETIMEDOUT') return `rendering it took longer than ${timeoutMs / 1000} s`;
  if (code === 'ENOBUFS') return `what it becomes is larger than ${mostBytes / 1024 / 1024} MiB`;
  return `${program} cannot be run (${typeof code === 'string' ? code : 'unknown'})`;
}

const longestMessage = 300;

/** What it said, in one line, without what kubectl logs around it; of a long chain of causes the last tell most. */
function messageOf(stderr: string): string {
  const lines = stderr.split(/\r?\n/).filter((line) => !line.startsWith('# Warning'));
  const message = lines
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^error: /i, '')
    .replace(/^E\d+ \S+ +\d+ \S+\] "command failed" err=(<|")?(.*?)(>|")?$/, '$2')
    .trim();
  return message.length > longestMessage ? `…${message.slice(-longestMessage)}` : message;
}
