import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { sql } from 'kysely';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../kernel/index.ts';
import type { Store } from './store.ts';

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a consistent copy of the store while it is in use: one SQLite read snapshot, compacted, on disk (synced) before the file
 * gets its name. Never overwrites. PostgreSQL has tools of its own for this, so there it is refused.
 */
export async function backupStore(store: Store, file: string): Promise<void> {
  if (store.engine !== 'sqlite') {
    throw new Fault('api.conflict', { detail: 'Back PostgreSQL up with its own tools (pg_dump).' });
  }
  const partial = `${file}.partial`;
  // SQLite fills an empty file that exists, so the permissions are ours from the first byte.
  await (await open(partial, 'wx', 0o600)).close();
  try {
    await sql`vacuum into ${partial}`.execute(store.db);
    await syncPath(partial);
    const taken = await open(file, 'wx', 0o600).catch(() => undefined);
    if (!taken) throw new Fault('api.conflict', { detail: 'The file to back up to exists already.' });
    await taken.close();
    await rename(partial, file);
    await syncPath(dirname(file));
  } catch (thrown) {
    await rm(partial, { force: true });
    throw thrown;
  }
}

/** Whether a file is a whole SQLite database: every page and every index of it. Throws Fault `data.unusable`. */
export function checkStoreFile(file: string): void {
  let answer: unknown;
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      answer = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
    } finally {
      database.close();
    }
  } catch (cause) {
    throw new Fault('data.unusable', { detail: `${basename(file)} is no whole database.`, cause });
  }
  if (answer !== 'ok') throw new Fault('data.unusable', { detail: `${basename(file)} is damaged.` });
}
