import { type Denied, deny } from '../denied.ts';
import type { GateContext } from '../context.ts';
import { attributed, type Admitted, type Attributed } from '../states.ts';

/**
 * Whose data the call is about, where the caller says so. After limits, since a subject that is named for the first time takes a key. Looks into
 * memory and waits for nothing; the key is durable before the decision counts as such.
 */
export function createSubject({
  subjectOf,
  identity,
}: GateContext): (state: Admitted) => Attributed | Denied {
  return (state) => {
    const { route, call, document, caller, operation } = state;
    if (operation.operation.answeredBy === 'gate') return attributed(state, undefined);
    const verdict = subjectOf({
      route: route.name,
      wire: route.wire.name,
      rawHeaders: call.rawHeaders,
      document,
      claims: caller.kind === 'token' ? identity.claimsOf(caller) : undefined,
      team: caller.team,
    });
    if (verdict.ok) return attributed(state, verdict.subject);
    const { code, detail } = verdict;
    return deny(code, code === 'overloaded' ? { detail, retryAfterMs: 1000 } : { detail });
  };
}
