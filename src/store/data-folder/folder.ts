import { chmodSync, mkdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault } from '../../kernel/index.ts';
import { checkFormat, holdsNothing, writeFormat } from './format.ts';
import { lockFolder } from './lock.ts';
import { type DataPaths, dataPaths } from './paths.ts';

/** A data folder held by this process alone. */
export interface DataFolder {
  readonly paths: DataPaths;
  /** Lets another process have it. Everything in it must be closed before. */
  release(): void;
}

function unusable(detail: string, cause?: unknown): Fault {
  return new Fault('data.unusable', { detail, cause });
}

function locate(folder: string, create: boolean): string {
  const path = resolve(folder);
  try {
    if (create) mkdirSync(path, { recursive: true, mode: 0o700 });
    return realpathSync(path);
  } catch (cause) {
    throw unusable(
      create ? `${path} cannot be made.` : `${path} does not exist or cannot be reached.`,
      cause,
    );
  }
}

/**
 * What other users of the machine can write, they may have written: a folder with content that was open to them is refused, because
 * closing it now would not say what they did before. An empty one, or one they could only read, is closed.
 */
function closeToOthers(paths: DataPaths, stats: Stats): void {
  const uid = process.getuid?.();
  if (uid !== undefined && stats.uid !== uid) {
    throw unusable(`${paths.folder} belongs to user ${stats.uid}, and this process is user ${uid}.`);
  }
  const openToOthers = (stats.mode & 0o022) !== 0;
  if (openToOthers && !holdsNothing(paths)) {
    throw unusable(`${paths.folder} can be written by other users: check what is in it, then chmod 700 it.`);
  }
  if ((stats.mode & 0o777) !== 0o700) chmodSync(paths.folder, 0o700);
}

/** Opens a data folder: ours alone, of a version we know, locked. `create` makes it when it is missing or empty. */
export function openDataFolder({ folder, create }: { folder: string; create: boolean }): DataFolder {
  const paths = dataPaths(locate(folder, create));
  const stats = statSync(paths.folder);
  if (!stats.isDirectory()) throw unusable(`${paths.folder} is not a folder.`);
  try {
    closeToOthers(paths, stats);
  } catch (thrown) {
    throw thrown instanceof Fault ? thrown : unusable(`${paths.folder} is not writable.`, thrown);
  }
  // Looked at before the lock is taken too, so that a folder which is not ours gets no lock file from us.
  const before = checkFormat(paths);
  if (before === 'fresh' && !create) {
    throw unusable(`${paths.folder} is empty: start the server with it once, or name another.`);
  }
  const release = lockFolder(paths);
  try {
    if (checkFormat(paths) === 'fresh') {
      writeFormat(paths);
      mkdirSync(paths.ledger, { mode: 0o700, recursive: true });
      mkdirSync(paths.keys, { mode: 0o700, recursive: true });
    }
  } catch (thrown) {
    release();
    throw thrown instanceof Fault ? thrown : unusable(`${paths.folder} is not writable.`, thrown);
  }
  return { paths, release };
}
