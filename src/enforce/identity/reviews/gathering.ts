import { asFault } from '../../../kernel/index.ts';
import { createEntries, type ReviewOptions } from './parts.ts';
import { createSnapshots } from './snapshots.ts';
import { changeReview, findReview, putPrincipals, readReviews, type ReviewRow } from './store.ts';

/** Gathering who has access and what each did: reading a ledger of months takes minutes, and nobody is to wait for that in a request. */
export interface Gathering {
  /** Begins, beside whatever else happens; one review after the other, and none twice at once. */
  start(id: string): void;
  /** Begins for every review that waits for it, also since before a crash; resolves when all was tried. */
  all(): Promise<void>;
  /** What was begun is left, and begun anew by the next start. */
  stop(): Promise<void>;
}

export function createGathering(
  options: ReviewOptions,
  inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>,
): Gathering {
  const { store, outbox, log } = options;
  const entry = createEntries(options);
  const takeSnapshot = createSnapshots(options);
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Map<string, Promise<void>>();
  let last: Promise<void> = Promise.resolve();

  /** All of it in one transaction: who reads sees a review that gathers, or one with everybody in it. */
  async function put(row: ReviewRow, taken: Awaited<ReturnType<typeof takeSnapshot>>): Promise<string> {
    const { rows, problems, policy } = taken;
    const made = entry('review.gathered', {
      actor: 'system',
      target: row.id,
      detail: { principals: rows.length, problems: problems.length },
    });
    await store.db.transaction().execute(async (transaction) => {
      const change = { problems: JSON.stringify(problems), policy, gathering_since: null };
      await changeReview(transaction, row.id, change);
      await putPrincipals(transaction, rows);
      await outbox.enqueue(transaction, made);
    });
    return made.id;
  }

  async function gather(id: string): Promise<void> {
    const row = await findReview(store.db, id);
    if (!row || row.closed_at !== null || row.gathering_since === null || signal.aborted) return;
    const taken = await takeSnapshot(row, signal);
    const made = await inTurn(() => put(row, taken));
    await outbox.deliver(made).catch(() => log.warn('a step of a review waits to be recorded'));
  }

  function start(id: string): Promise<void> {
    const known = running.get(id);
    if (known) return known;
    const mine = last
      .then(() => gather(id))
      .catch((thrown: unknown) => {
        if (signal.aborted) return;
        log.error('a review could not gather who has access; it will be tried again', {
          review: id,
          code: asFault(thrown).code,
        });
      })
      .finally(() => running.delete(id));
    running.set(id, mine);
    last = mine;
    return mine;
  }

  return {
    start: (id) => void start(id),
    async all() {
      const waiting = (await readReviews(store)).filter(({ gathering_since: since }) => since !== null);
      await Promise.all(waiting.map(({ id }) => start(id)));
    },
    async stop() {
      stopping.abort();
      await last;
    },
  };
}
