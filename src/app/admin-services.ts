import { backupDataFolder, writeNewFile } from './backup.ts';
import type { House } from './house.ts';
import type { AdminServices } from '../serve/index.ts';
import { createDownloads } from './downloads.ts';
import { createPolicyReplay } from './policy-replay.ts';
import { createExplainAccess } from './explain-access.ts';
import { version } from './version.ts';

/** What the handlers of the admin API work on, over an open house: the same in a server and in a command without one. */
export function adminServices(options: {
  house: House;
  policyProblem: () => string | undefined;
  readiness: () => { status: number; body: string };
  /** Counts, for the metrics, that an operator acted alone. */
  brokeGlass?: (reason: string) => void;
  revocation?: AdminServices['revocation'];
}): AdminServices {
  const { house, policyProblem, readiness, brokeGlass, revocation } = options;
  return {
    keys: house.keys,
    operators: house.operators,
    tokens: house.tokens,
    withdrawals: house.withdrawals,
    ledger: house.ledger,
    usage: house.usage,
    reviews: house.reviews,
    keeping: house.keeping,
    dataKeys: house.vault.keys,
    note: house.note,
    explainAccess: createExplainAccess(house),
    alertBrokenGlass({ operator, act, reason, request }) {
      house.log.error('break-glass: an operator acted alone where a second person is needed', {
        operator,
        act,
        reason,
        request,
      });
      brokeGlass?.(reason);
    },
    ...(revocation && { revocation }),
    version,
    readiness,
    replayPolicy: createPolicyReplay(house),
    downloads: createDownloads(house),
    policy() {
      const { file, digest, loadedAt } = house.policy();
      return { file, digest, loadedAt, problem: policyProblem() };
    },
    now: () => house.clock.now(),
    async backup(out, operator) {
      const made = await backupDataFolder({ paths: house.folder.paths, store: house.store, out });
      await house.note('system.backed-up', {
        actor: operator,
        detail: { bytes: made.bytes, entries: made.entries },
      });
      return made;
    },
    async exportRange({ since, until, out }, operator) {
      const lines = await writeNewFile(out, house.ledger.exportRange({ since, until }));
      // The first line is the head: key, checkpoint and the proof.
      const entries = Math.max(0, lines - 1);
      await house.note('ledger.exported', { actor: operator, detail: { entries } });
      return { file: out, entries };
    },
  };
}
