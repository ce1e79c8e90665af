import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createUuidFactory, silentLog, systemClock } from '../src/kernel/index.ts';
import { type Ledger, openLedger } from '../src/record/index.ts';

export const newId = createUuidFactory(systemClock);

/** A ledger in a folder of its own (under `TMPDIR`); `remove` takes the folder away, once the ledger is closed. */
export async function openOwnLedger(): Promise<{ ledger: Ledger; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'surety-bench-'));
  const ledger = await openLedger({
    folder: join(folder, 'ledger'),
    indexFile: join(folder, 'index.sqlite'),
    keysFolder: join(folder, 'keys'),
    origin: 'bench.example/ledger',
    clock: systemClock,
    log: silentLog,
    newId,
    cursors: { load: async () => 0, save: async () => {} },
  });
  return { ledger, remove: () => rm(folder, { recursive: true }) };
}
