import type { Transaction } from 'kysely';
import { asFault, Fault, type Log } from '../../kernel/index.ts';
import type { Entry } from '../../record/index.ts';
import type { Database, Outbox, Store } from '../../store/index.ts';

const retryMs = 2000;
/** As the store says it when it is closed: nothing is written any more. */
const closedStore = 'The store is closed.';

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
 * cannot be written is refused from then on, and written as soon as the store can be. Only a restart before that would bring it back.
 */
export async function take(
  { store, outbox, log }: { store: Store; outbox: Outbox<Entry>; log: Log },
  { write, apply }: Taking,
): Promise<void> {
  const commit = () =>
    store.db.transaction().execute(async (change) => {
      const made = await write(change);
      if (made) await outbox.enqueue(change, made);
      return made;
    });
  const deliver = async ({ id, kind, target }: Entry): Promise<void> =>
    outbox.deliver(id).catch(() => log.warn('what was taken waits to be recorded', { kind, target }));
  const retry = async (): Promise<void> => {
    try {
      const made = await commit();
      log.warn('what was revoked while the store could not be written is written now', {
        kind: made?.kind,
        target: made?.target,
      });
      if (made) await deliver(made);
    } catch (cause) {
      const isOver =
        cause instanceof Fault && (cause.code.startsWith('api.') || cause.detail === closedStore);
      if (!isOver) setTimeout(() => void retry(), retryMs).unref();
    }
  };
  const entry = await commit().catch((cause: unknown) => {
    if (cause instanceof Fault && cause.code.startsWith('api.')) throw cause;
    apply();
    setTimeout(() => void retry(), retryMs).unref();
    const why = asFault(cause).detail;
    const detail = `${why === undefined ? '' : `${why} `}It is refused from now on, and is written as soon as the store can be; a restart before that would bring it back.`;
    throw new Fault('store.unavailable', { detail, cause });
  });
  apply();
  if (entry) await deliver(entry);
}
