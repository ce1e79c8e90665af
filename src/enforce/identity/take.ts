import type { Transaction } from 'kysely';
import { Fault, type Log } from '../../kernel/index.ts';
import type { Entry } from '../../record/index.ts';
import type { Database, Outbox, Store } from '../../store/index.ts';

export interface Taking {
  /**
   * Writes it, and gives its entry; undefined where there is nothing to write. A Fault of the API (not found, too many) says that there is
   * nothing to take.
   */
  write(change: Transaction<Database>): Promise<Entry | undefined>;
  /** In memory, where it is refused from then on. Done twice it is as done once. */
  apply(): void;
}

/**
 * Takes something from somebody: keys, tokens, roles, sessions. Store, then memory, then ledger: what was committed holds after a restart, is in
 * force before anyone waits for the ledger, and is recorded when the ledger can. A full disk must not keep a leaked credential alive: what
 * cannot be written is refused as long as this process lives.
 */
export async function take(
  { store, outbox, log }: { store: Store; outbox: Outbox<Entry>; log: Log },
  { write, apply }: Taking,
): Promise<void> {
  const commit = store.db.transaction().execute(async (change) => {
    const made = await write(change);
    if (made) await outbox.enqueue(change, made);
    return made;
  });
  const entry = await commit.catch((cause: unknown) => {
    if (cause instanceof Fault && cause.code.startsWith('api.')) throw cause;
    apply();
    const detail = 'It is refused until this process ends, not beyond: do it again.';
    throw new Fault('store.unavailable', { detail, cause });
  });
  apply();
  if (!entry) return;
  const { id, kind, target } = entry;
  await outbox.deliver(id).catch(() => log.warn('what was taken waits to be recorded', { kind, target }));
}
