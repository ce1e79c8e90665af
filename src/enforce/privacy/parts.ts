import type { Clock, Log } from '../../kernel/index.ts';
import type { Entry, Ledger } from '../../record/index.ts';
import type { KeyStore } from '../../secrets/index.ts';
import type { Outbox, Store } from '../../store/index.ts';
import type { KeepingPolicy } from './keeping-section.ts';

/** What everything that keeps personal data works on. */
export interface KeepingParts {
  readonly store: Store;
  readonly outbox: Outbox<Entry>;
  readonly ledger: Pick<Ledger, 'append' | 'search' | 'prove' | 'verifierKey'>;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly log: Log;
  /** UUIDv7, for entries and captured content. */
  readonly newId: () => string;
  /** The policy in force. */
  readonly policy: () => KeepingPolicy;
  readonly digest: () => string;
}

export type EntryEvent = Pick<Entry, 'actor'> &
  Partial<Pick<Entry, 'target' | 'outcome' | 'reason' | 'detail'>>;

/** Entries about personal data: ids, counts and words of closed sets; never a name, and never what somebody wrote. */
export function createEntries({ newId, clock, digest }: Pick<KeepingParts, 'newId' | 'clock' | 'digest'>) {
  return (kind: string, event: EntryEvent): Entry => ({
    id: newId(),
    at: new Date(clock.now()).toISOString(),
    kind,
    outcome: 'succeeded',
    policy: digest(),
    ...event,
  });
}

/** Takes the entry of a change to the ledger; where that has to wait, the change stands and the outbox goes on. */
export async function deliver(
  { outbox, log }: Pick<KeepingParts, 'outbox' | 'log'>,
  entry: Entry,
): Promise<void> {
  await outbox
    .deliver(entry.id)
    .catch(() => log.warn('a change about personal data waits to be recorded', { kind: entry.kind }));
}

/** After something was destroyed: the log of the store, where it can still be read, is emptied. What a reader holds is tried again. */
export function createLogEmptying({ store, log }: Pick<KeepingParts, 'store' | 'log'>) {
  let isWaiting = false;
  async function now(): Promise<void> {
    isWaiting = !(await store.emptyLog().catch(() => false));
    if (isWaiting)
      log.warn('the log of the store could not be emptied of what was destroyed; it is tried again');
  }
  return {
    now,
    ifWaiting: async (): Promise<void> => {
      if (isWaiting) await now();
    },
  };
}

/** One after another: two changes never look at one state. */
export function createTurns(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => {});
    return mine;
  };
}
