import { withIssuer } from '../enforce/identity/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Entry, Ledger } from '../record/index.ts';

/** Entries of Surety's own about itself, and about what operators did where no room has an entry for it. */
export function createNote(options: {
  ledger: Ledger;
  clock: Clock;
  newId: () => string;
  digest: () => string;
}): (kind: string, more: Partial<Omit<Entry, 'id' | 'at' | 'kind'>>) => Promise<void> {
  const { ledger, clock, newId, digest } = options;
  return (kind, more) =>
    ledger.append(
      withIssuer({
        id: newId(),
        at: new Date(clock.now()).toISOString(),
        kind,
        actor: 'system',
        outcome: 'succeeded',
        policy: digest(),
        ...more,
      }),
    );
}
