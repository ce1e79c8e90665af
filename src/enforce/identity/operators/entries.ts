import type { Clock } from '../../../kernel/index.ts';
import type { Entry } from '../../../record/index.ts';

/** What an entry about operators tells beside its kind. Names, subjects and reasons stay out: they are, or may be, personal data. */
export type OperatorEvent = Pick<Entry, 'actor'> &
  Partial<Pick<Entry, 'target' | 'reason' | 'detail' | 'outcome'>>;

export type WriteEntry = (kind: OperatorEntryKind, event: OperatorEvent) => Entry;

export type OperatorEntryKind =
  | 'operator.created'
  | 'operator.changed'
  | 'operator.disabled'
  | 'operator.enabled'
  | 'operator.key-issued'
  | 'operator.key-revoked'
  | 'operator.signed-in'
  | 'operator.signed-out'
  | 'operator.session-revoked'
  | 'request.asked'
  | 'request.approved'
  | 'request.refused'
  | 'request.withdrawn'
  | 'request.expired'
  | 'request.ended'
  | 'request.waived'
  | 'access.break-glass';

export function createOperatorEntries({ clock, newId }: { clock: Clock; newId: () => string }): WriteEntry {
  return (kind, event) => ({
    id: newId(),
    at: new Date(clock.now()).toISOString(),
    kind,
    outcome: 'succeeded',
    ...event,
  });
}
