import type { Keeping } from '../../privacy/index.ts';
import { type Denied, deny } from '../denied.ts';
import { type Authorized, named, type Named } from '../states.ts';

/**
 * Whose data the call is about, as the caller says it where the policy looks. Entries hold its id alone. A call that names somebody badly, or
 * nobody where somebody is asked for, is refused: what is recorded of it could never be found nor erased.
 */
export function createSubject(gate: {
  readonly keeping: Pick<Keeping, 'subjects'>;
}): (state: Authorized) => Named | Denied {
  return (state) => {
    const { route, call, document, caller, operation } = state;
    if (operation.operation.answeredBy === 'gate') return named(state, undefined);
    const verdict = gate.keeping.subjects.subjectOf({
      route: route.name,
      wire: route.wire.name,
      rawHeaders: call.rawHeaders,
      document,
      claims: undefined,
      team: caller.team,
    });
    if (verdict.ok) return named(state, verdict.subject);
    const { code, detail } = verdict;
    return deny(code, { detail, ...(code === 'overloaded' && { retryAfterMs: 1000 }) });
  };
}
