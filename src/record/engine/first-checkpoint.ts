import type { LedgerFiles } from '../files.ts';
import { emptyRoot } from '../tree/hash.ts';
import type { NoteSigner } from '../tree/note.ts';
import { checkpointPath } from './integrator.ts';
import { temporaryFolder } from './placer.ts';

/**
 * Signs a checkpoint of nothing, before a new ledger takes anything. So there is no moment at which a crash could leave tiles without a
 * checkpoint, and tiles without one mean that somebody took it away.
 */
export function signFirstCheckpoint(files: LedgerFiles, signer: NoteSigner, origin: string): string {
  const note = signer.sign({ origin, size: 0, root: emptyRoot() });
  const aside = `${temporaryFolder}/first`;
  const file = files.create(aside);
  try {
    files.write(file, Buffer.from(note));
    files.sync(file);
  } finally {
    files.close(file);
  }
  files.rename(aside, checkpointPath);
  files.syncFolder('.');
  return note;
}
