import { Fault } from '../../kernel/index.ts';
import type { Entry } from '../../record/index.ts';
import type { AdministrationOptions } from './administration-options.ts';
import type { KeyAdministration } from './identity.ts';
import { requirePresent, toRecord } from './key-record.ts';
import { findKey, type KeyRow, setRevoked } from './store.ts';

interface Revocation {
  readonly row: KeyRow;
  /** Undefined where the key was revoked already, so that there is nothing to record. */
  readonly entry: Entry | undefined;
}

/**
 * Store, then memory, then ledger: a revocation that was committed holds after a restart, is in force before anyone waits for the
 * ledger, and is recorded when the ledger can.
 */
export function createRevoke(options: AdministrationOptions): KeyAdministration['revoke'] {
  const { store, outbox, clock, log, live, entries } = options;

  function commit(id: string, operator: string): Promise<Revocation> {
    return store.db.transaction().execute(async (transaction) => {
      const row = requirePresent(await findKey(transaction, id));
      if (row.revoked_at !== null) return { row, entry: undefined };
      const revokedAt = clock.now();
      const entry = entries.revoked(row, operator);
      await setRevoked(transaction, id, revokedAt);
      await outbox.enqueue(transaction, entry);
      return { row: { ...row, revoked_at: revokedAt }, entry };
    });
  }

  /** A full disk must not keep a leaked key alive: it is refused as long as this process lives. */
  function refuseInMemory(id: string, cause: unknown): never {
    if (cause instanceof Fault && cause.code === 'api.not-found') throw cause;
    live.revoke(id);
    const detail = 'The key is refused until this process ends, not beyond: revoke it again.';
    throw new Fault('store.unavailable', { detail, cause });
  }

  return async (id, operator) => {
    const { row, entry } = await commit(id, operator).catch((thrown: unknown) => refuseInMemory(id, thrown));
    live.revoke(id);
    if (entry) {
      await outbox.deliver(entry.id).catch(() => log.warn('a revocation waits to be recorded', { key: id }));
    }
    return toRecord(row, clock.now());
  };
}
