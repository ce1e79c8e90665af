import { backupDataFolder, writeNewFile } from './backup.ts';
import type { House } from './house.ts';
import type { AdminServices } from '../serve/index.ts';
import { version } from './version.ts';

/** What the handlers of the admin API work on, over an open house: the same in a server and in a command without one. */
export function adminServices(options: {
  house: House;
  policyProblem: () => string | undefined;
  readiness: () => { status: number; body: string };
}): AdminServices {
  const { house, policyProblem, readiness } = options;
  return {
    keys: house.keys,
    tokens: house.tokens,
    ledger: house.ledger,
    version,
    readiness,
    policy() {
      const { file, digest, loadedAt } = house.policy();
      return { file, digest, loadedAt, problem: policyProblem() };
    },
    now: () => house.clock.now(),
    async backup(out) {
      const made = await backupDataFolder({ paths: house.folder.paths, store: house.store, out });
      await house.note('system.backed-up', {
        actor: 'owner',
        detail: { bytes: made.bytes, entries: made.entries },
      });
      return made;
    },
    async exportRange({ since, until, out }) {
      const lines = await writeNewFile(out, house.ledger.exportRange({ since, until }));
      // The first line is the head: key, checkpoint and the proof.
      const entries = Math.max(0, lines - 1);
      await house.note('ledger.exported', { actor: 'owner', detail: { entries } });
      return { file: out, entries };
    },
  };
}
