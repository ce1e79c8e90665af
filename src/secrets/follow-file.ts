import { watch } from 'node:fs';
import { constants, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../kernel/index.ts';

/** What a file held at one reading, or why it could not be read: a fixed sentence, without the content. */
export type FileReading =
  | { readonly ok: true; readonly bytes: Buffer; readonly mode: number }
  | { readonly ok: false; readonly problem: string };

/** Reads a file that should be small. Refuses what is no regular file, so that a pipe or device neither blocks nor floods. */
export async function readSmallFile(path: string, maxBytes: number): Promise<FileReading> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await handle.stat();
      if (!status.isFile()) return { ok: false, problem: 'is not a regular file' };
      if (status.size > maxBytes) return { ok: false, problem: `is larger than ${maxBytes} bytes` };
      const bytes = await readAtMost(handle, maxBytes + 1);
      if (bytes.length > maxBytes) return { ok: false, problem: `is larger than ${maxBytes} bytes` };
      return { ok: true, bytes, mode: status.mode & 0o777 };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

/** Not by the size in the file's status: the file may grow while it is read, and files in /proc say 0. */
async function readAtMost(handle: Awaited<ReturnType<typeof open>>, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let total = 0;
  while (total < maxBytes) {
    const part = Buffer.alloc(Math.min(65_536, maxBytes - total));
    const { bytesRead } = await handle.read(part, 0, part.length, null);
    if (bytesRead === 0) break;
    parts.push(part.subarray(0, bytesRead));
    total += bytesRead;
  }
  return Buffer.concat(parts);
}

function problemOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  return `cannot be read (${code})`;
}

export interface FollowFileOptions {
  readonly path: string;
  readonly maxBytes: number;
  /** What is known already; only something else is reported. */
  readonly initial: FileReading;
  /** Called with every change, one at a time; awaited before the next. */
  readonly onChange: (reading: FileReading) => void | Promise<void>;
  readonly log: Log;
  /** How long a content must stand still to count as written. */
  readonly settleMs?: number;
  readonly pollMs?: number;
}

export interface FollowedFile {
  /** Looks now, and resolves when what was found has been handled. */
  check(): Promise<void>;
  stop(): void;
}

/** A writer that never rests must not keep a change from being seen at all. */
const mostSettleRounds = 50;

/**
 * Follows the content of a file under a path, whatever replaces it: writing in place, an editor's rename, a Kubernetes volume's swap
 * of the `..data` symlink. Watching the folder makes it prompt; reading the file at intervals makes it certain, since
 * watches are lost silently (network file systems, a folder that is replaced, symlinks that lead elsewhere).
 */
export function followFile(options: FollowFileOptions): FollowedFile {
  const { path, maxBytes, onChange, log, settleMs = 100, pollMs = 5000 } = options;
  let known = options.initial;
  let stopped = false;
  let running: Promise<void> | undefined;
  let again = false;

  async function readSettled(): Promise<FileReading | undefined> {
    let seen = await readSmallFile(path, maxBytes);
    for (let round = 0; round < mostSettleRounds; round++) {
      if (stopped || sameReading(seen, known)) return undefined;
      await delay(settleMs, undefined, { ref: false });
      const next = await readSmallFile(path, maxBytes);
      if (sameReading(next, seen)) break;
      seen = next;
    }
    return stopped ? undefined : seen;
  }

  async function lookUntilCalm(): Promise<void> {
    do {
      again = false;
      const reading = await readSettled();
      if (!reading) continue;
      known = reading;
      await onChange(reading);
    } while (again && !stopped);
  }

  function check(): Promise<void> {
    if (stopped) return Promise.resolve();
    again = true;
    running ??= lookUntilCalm()
      .catch((error: unknown) =>
        log.error('a changed file was not taken over', { file: path, error: nameOf(error) }),
      )
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  const stopWatching = watchFolder(dirname(path), () => void check(), log);
  const poll = setInterval(() => void check(), pollMs).unref();
  return {
    check,
    stop() {
      stopped = true;
      clearInterval(poll);
      stopWatching();
    },
  };
}

function watchFolder(folder: string, onEvent: () => void, log: Log): () => void {
  try {
    const watcher = watch(folder, { persistent: false }, onEvent);
    watcher.on('error', (error) => {
      log.warn('a folder is no longer watched; its files are read at intervals', {
        folder,
        error: nameOf(error),
      });
      watcher.close();
    });
    return () => watcher.close();
  } catch (error) {
    log.warn('a folder cannot be watched; its files are read at intervals', { folder, error: nameOf(error) });
    return () => {};
  }
}

/** An error's code or class; its text may quote what was read. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error ? String(error.code) : error.name;
}

function sameReading(a: FileReading, b: FileReading): boolean {
  if (a.ok && b.ok) return a.bytes.equals(b.bytes);
  return !a.ok && !b.ok && a.problem === b.problem;
}
