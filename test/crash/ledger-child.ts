import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createUuidFactory, silentLog, systemClock } from '../../src/kernel/index.ts';
// From its own file: it starts two hundred times, and the whole room takes twice as long to read.
import { openLedger } from '../../src/record/client/open.ts';

/**
 * Appends until it is killed, and prints each id once its entry was acknowledged. Small segments and quick checkpoints make the
 * kill fall into rotation, integration and recovery as well as into appending.
 */
const [folder = ''] = process.argv.slice(2);
const newId = createUuidFactory(systemClock);
const ledger = await openLedger({
  folder: join(folder, 'ledger'),
  indexFile: join(folder, 'index.sqlite'),
  keysFolder: join(folder, 'keys'),
  origin: 'crash.example/ledger',
  clock: systemClock,
  log: silentLog,
  newId,
  cursors: { load: async () => 0, save: async () => {} },
  options: { segmentBytes: 8000, checkpointEveryMs: 5, reserveBytes: 4096 },
});
writeSync(1, `key ${ledger.verifierKey}\n`);

async function appendForever(): Promise<never> {
  for (;;) {
    const ids = Array.from({ length: 1 + Math.floor(Math.random() * 6) }, () => newId());
    const at = new Date().toISOString();
    await Promise.all(
      ids.map((id) => ledger.append({ id, at, kind: 'test.happened', outcome: 'succeeded' })),
    );
    writeSync(1, `${ids.join('\n')}\n`);
    await new Promise((resolve) => {
      setTimeout(resolve, Math.random() * 2);
    });
  }
}
await Promise.all([appendForever(), appendForever()]);
