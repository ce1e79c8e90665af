import { fitsLedger } from '../../../record/index.ts';
import { deny, type Denied } from '../denied.ts';
import type { GateContext } from '../context.ts';
import { decisionEntry } from '../entries.ts';
import { type Inspected, recorded, type Recorded } from '../states.ts';

/**
 * No record, no call: the decision is durable before the call is forwarded. On routes with `record: overlap` it is handed to the ledger before, and `durable` is
 * awaited before the first byte of the answer leaves.
 */
export function createRecord(
  gate: GateContext,
): (state: Inspected) => Recorded | Denied | Promise<Recorded | Denied> {
  return (state) => {
    const entry = decisionEntry(gate, state);
    // Nothing in it is the caller's to make long; a policy could be. Where the call waits for its entry, the ledger says so itself.
    if (!state.route.recordBefore && !fitsLedger(entry))
      return deny('ledger.unavailable', { detail: 'The entry of the call is too long.' });
    const appended = gate.ledger.append(entry);
    // Whom an entry names must be found and erased later: its key is as durable as the entry.
    const durable = state.subject ? withSubject(appended, state.subject.kept) : appended;
    // It is awaited where an answer is about to leave.
    const next = recorded(state, entry.id, durable);
    if (!state.route.recordBefore) return next;
    return durable.then(
      () => next,
      () => deny('ledger.unavailable', { retryAfterMs: 1000 }),
    );
  };
}

/** A rejection that nobody waits for, since the caller has gone, does no harm. */
function withSubject(appended: Promise<void>, kept: Promise<void>): Promise<void> {
  const both = Promise.all([appended, kept]).then(() => {});
  both.catch(() => {});
  return both;
}
