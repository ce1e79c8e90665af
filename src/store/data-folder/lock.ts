import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../kernel/index.ts';
import type { DataPaths } from './paths.ts';

const sqliteBusy = 5;

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'errcode' in thrown && thrown.errcode === sqliteBusy;
}

function ownerText(paths: DataPaths): string {
  try {
    const pid = readFileSync(paths.lockOwner, 'utf8').trim();
    return /^\d{1,10}$/.test(pid) ? `Process ${pid} holds it.` : 'Another process holds it.';
  } catch {
    return 'Another process holds it.';
  }
}

/**
 * One process a folder. The lock is the operating system's, taken through an SQLite exclusive transaction that is never ended:
 * it goes with the process, however that dies, so there is no stale lock to guess about. The pid file beside it is only for the message.
 *
 * A POSIX lock is lost when its own process opens and closes the file by another way: nothing else may touch `lock`. On a network
 * file system without working locks two processes could both get it; a data folder belongs on a local disk.
 */
export function lockFolder(paths: DataPaths): () => void {
  const database = new DatabaseSync(paths.lock);
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (thrown) {
    database.close();
    if (isBusy(thrown)) throw new Fault('data.locked', { detail: ownerText(paths) });
    throw new Fault('data.unusable', { detail: 'Its lock file is not usable.', cause: thrown });
  }
  writeFileSync(paths.lockOwner, `${process.pid}\n`, { mode: 0o600 });
  return () => {
    rmSync(paths.lockOwner, { force: true });
    database.close();
  };
}
