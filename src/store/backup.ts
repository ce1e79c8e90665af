import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sql } from 'kysely';
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
