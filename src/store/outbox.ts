import type { Kysely, Transaction } from 'kysely';
import { type Clock, Fault, type Log } from '../kernel/index.ts';
import { nextChange } from './installation.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** What the outbox needs to know of an entry: its id is a UUIDv7, so ids sort in the order entries were made. */
export interface OutboxEntry {
  readonly id: string;
}

/** The ledger as the outbox sees it; the room above is given, not imported. */
export interface OutboxTarget<Entry extends OutboxEntry> {
  /** Resolves when the entry is durable. */
  append(entry: Entry): Promise<void>;
  /** Whether the ledger can hold an entry; one it cannot would keep all behind it waiting for good. Default: any. */
  fits?(entry: Entry): boolean;
  /** Whether the ledger holds an entry of this id already; must see every durable entry, also one just written. */
  holds(id: string): Promise<boolean>;
}

/**
 * Takes entries about changes of the state to the ledger. An entry is put into the transaction of its change, so one is there
 * exactly when the other is; it leaves the outbox when the ledger acknowledged it.
 *
 * A crash after the acknowledgement and before the row is deleted would deliver twice. So every entry is looked up in the ledger by its
 * id first: changes by operators are rare, and one lookup costs less than a rule about when it may be left out.
 */
export interface Outbox<Entry extends OutboxEntry> {
  enqueue(transaction: Transaction<Database>, entry: Entry): Promise<void>;
  /** After the commit: resolves when the ledger acknowledged; rejects when it could not, and delivery goes on in the background. */
  deliver(id: string): Promise<void>;
  /** Entries waiting, for metrics and readiness. */
  waiting(): Promise<number>;
  /** Stops trying; what waits is delivered by the next start. */
  close(): Promise<void>;
}

export interface OutboxOptions<Entry extends OutboxEntry> {
  readonly store: Store;
  readonly target: OutboxTarget<Entry>;
  readonly log: Log;
  readonly clock: Clock;
  readonly retry?: { readonly firstMs: number; readonly longestMs: number };
}

const batchSize = 64;

type Row = { readonly id: string; readonly entry: string };

function oldest(db: Kysely<Database>): Promise<Row[]> {
  return db.selectFrom('outbox').select(['id', 'entry']).orderBy('id').limit(batchSize).execute();
}

async function remove(db: Kysely<Database>, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('outbox').where('id', 'in', ids).execute();
}

async function count(db: Kysely<Database>): Promise<number> {
  const row = await db
    .selectFrom('outbox')
    .select(({ fn }) => fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow();
  return row.rows;
}

/** Those who wait for an entry to be delivered. */
function createWaiters() {
  const waiters = new Map<string, PromiseWithResolvers<void>>();
  return {
    ids: () => [...waiters.keys()],
    wait(id: string): Promise<void> {
      const waiter = waiters.get(id) ?? Promise.withResolvers<void>();
      waiters.set(id, waiter);
      return waiter.promise;
    },
    resolve(id: string): void {
      waiters.get(id)?.resolve();
      waiters.delete(id);
    },
    rejectAll(failure: unknown): void {
      for (const waiter of waiters.values()) waiter.reject(failure);
      waiters.clear();
    },
  };
}

type Waiters = ReturnType<typeof createWaiters>;

/** Delivers one batch in order; resolves to whether there may be more, rejects at the first entry that could not be delivered. */
async function deliverBatch<Entry extends OutboxEntry>(
  db: Kysely<Database>,
  target: OutboxTarget<Entry>,
  waiters: Waiters,
): Promise<boolean> {
  const asked = waiters.ids();
  const rows = await oldest(db);
  const delivered: string[] = [];
  try {
    for (const { id, entry } of rows) {
      if (!(await target.holds(id))) await target.append(JSON.parse(entry) as Entry);
      delivered.push(id);
    }
  } finally {
    await remove(db, delivered);
    delivered.forEach(waiters.resolve);
  }
  const more = rows.length === batchSize;
  // The table was seen to its end: what was asked for before and was not in it had been delivered already.
  if (!more) asked.forEach(waiters.resolve);
  return more;
}

interface Deliveries {
  readonly deliver: () => Promise<boolean>;
  readonly onFailure: (failure: unknown, retryInMs: number) => void;
  readonly retry: { readonly firstMs: number; readonly longestMs: number };
}

/** Delivers when woken until nothing is left, one run at a time; after a failure wakes itself later and later. */
function createRunner({ deliver, onFailure, retry }: Deliveries) {
  let delayMs = retry.firstMs;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let woken = false;
  let stopped = false;

  async function run(): Promise<void> {
    try {
      while (woken && !stopped) {
        woken = false;
        while ((await deliver()) && !stopped);
      }
      delayMs = retry.firstMs;
    } catch (failure) {
      woken = false;
      onFailure(failure, delayMs);
      if (stopped) return;
      timer = setTimeout(wake, delayMs);
      timer.unref();
      delayMs = Math.min(delayMs * 2, retry.longestMs);
    }
  }

  function wake(): void {
    clearTimeout(timer);
    woken = true;
    if (stopped || running) return;
    running = run().finally(() => {
      running = undefined;
      if (woken && !stopped) wake();
    });
  }

  return {
    wake,
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** Starts delivering what an earlier process left, then what is enqueued. */
export function createOutbox<Entry extends OutboxEntry>(options: OutboxOptions<Entry>): Outbox<Entry> {
  const { store, target, log, clock, retry = { firstMs: 250, longestMs: 30_000 } } = options;
  const waiters = createWaiters();
  const closedFault = () => new Fault('ledger.unavailable', { detail: 'The outbox is closed.' });
  let closed = false;
  const runner = createRunner({
    deliver: () => deliverBatch(store.db, target, waiters),
    onFailure(failure, retryInMs) {
      waiters.rejectAll(failure);
      log.warn('entries wait in the outbox', { retryInMs });
    },
    retry,
  });

  runner.wake();
  return {
    async enqueue(transaction, entry) {
      if (target.fits?.(entry) === false) throw new Fault('ledger.entry-too-large');
      // The number says, whatever becomes of the store, that it once knew of this change.
      const change = await nextChange(transaction);
      const row = { id: entry.id, entry: JSON.stringify({ ...entry, change }), created_at: clock.now() };
      await transaction.insertInto('outbox').values(row).execute();
    },
    deliver(id) {
      if (closed) return Promise.reject(closedFault());
      const delivered = waiters.wait(id);
      runner.wake();
      return delivered;
    },
    waiting: () => count(store.db),
    async close() {
      closed = true;
      await runner.stop();
      waiters.rejectAll(closedFault());
    },
  };
}
