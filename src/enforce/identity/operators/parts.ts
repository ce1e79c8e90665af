import { type Clock, Fault, type Log } from '../../../kernel/index.ts';
import type { Entry } from '../../../record/index.ts';
import type { Outbox, Store } from '../../../store/index.ts';
import { take as takeAway } from '../take.ts';
import type { WriteEntry } from './entries.ts';
import type { LiveOperators } from './live.ts';
import type { OperatorRoles } from './roles.ts';
import type { OperatorsSection } from './section.ts';
import type { Change } from './store.ts';

/** What operators need of the policy in force. */
export interface OperatorPolicy {
  readonly section: OperatorsSection;
  readonly roles: OperatorRoles;
}

/** What the files of this folder work on together. */
export interface OperatorParts {
  readonly store: Store;
  readonly outbox: Outbox<Entry>;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: () => OperatorPolicy;
  readonly live: LiveOperators;
  readonly entry: WriteEntry;
}

interface Step {
  readonly entry: Entry;
  /** In the transaction. */
  write(change: Change): Promise<void>;
  /** In memory. */
  apply(): void;
}

function commit({ store, outbox }: OperatorParts, { entry, write }: Step): Promise<void> {
  return store.db.transaction().execute(async (change) => {
    await write(change);
    await outbox.enqueue(change, entry);
  });
}

/** Something is given: it comes into force only when it is recorded, and is taken back where it cannot be. */
export async function give(
  parts: OperatorParts,
  step: Step & { undo(change: Change): Promise<void> },
): Promise<void> {
  await commit(parts, step);
  try {
    await parts.outbox.deliver(step.entry.id);
  } catch (cause) {
    await parts.store.db.transaction().execute(async (change) => {
      await step.undo(change);
      const taken = { actor: 'system', reason: 'ledger.unavailable', detail: { withdrawn: step.entry.id } };
      await parts.outbox.enqueue(change, {
        ...parts.entry('operator.changed', taken),
        target: step.entry.target,
        outcome: 'failed',
      });
    });
    throw new Fault('ledger.unavailable', { detail: 'The change was taken back; make it again.', cause });
  }
  step.apply();
}

/** Something is taken: in force before anyone waits for the ledger, recorded when the ledger can. */
export function take(parts: OperatorParts, { entry, write, apply }: Step): Promise<void> {
  return takeAway(parts, {
    async write(change) {
      await write(change);
      return entry;
    },
    apply,
  });
}
