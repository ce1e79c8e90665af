import { Fault, type FaultCode } from '../../../kernel/index.ts';
import { callerSubject, type LimitRefusal, type LimitSubject } from '../../limits/index.ts';
import { Denied } from '../denied.ts';
import type { GateContext } from '../context.ts';
import type { Route } from '../snapshot/routes.ts';
import { admitted, type Admitted, authorized, type Authorized, type Caller } from '../states.ts';

/** Takes the call's share of every limit it falls under, all or nothing. What it may use at most is reserved. */
export function createLimit(gate: GateContext): (state: Authorized) => Admitted | Denied {
  return (state) => {
    const tokens = state.promptTokens + state.outputTokens;
    const costNanoUsd = state.snapshot.costOf(state.model, {
      input: state.promptTokens,
      cachedInput: 0,
      output: state.outputTokens,
      reasoning: 0,
    });
    const admission = gate.limits.admit({ subjects: subjectsOf(state), tokens, costNanoUsd });
    if (admission.ok) return admitted(state, admission);
    const denied = limitDenial(admission, state.route);
    if (!state.route.observe) return denied;
    const { role, plan, wouldDeny } = state;
    return admitted(
      authorized(state, { role, plan, wouldDeny: [...wouldDeny, denied.fault.code] }),
      undefined,
    );
  };
}

/** What a call's share is counted for: whom, and by which limits of its policy. */
export function subjectsOf({
  caller,
  role,
  route,
  snapshot,
}: Pick<Authorized, 'role' | 'route' | 'snapshot'> & {
  readonly caller: Pick<Caller, 'kind' | 'id' | 'team'>;
}): LimitSubject[] {
  const subjects: LimitSubject[] = [];
  if (caller.kind !== 'public') {
    if (role !== undefined) {
      const own = snapshot.keyLimitsOf(role);
      const shared = snapshot.sharedLimitsOf(role);
      if (own) subjects.push({ scope: 'key', subject: callerSubject(caller.id, role), limits: own });
      if (shared) subjects.push({ scope: 'role', subject: role, limits: shared });
    }
    const team = caller.team === undefined ? undefined : snapshot.teamLimitsOf(caller.team);
    if (team) subjects.push(team);
  }
  if (route.limits) subjects.push(route.limits);
  return subjects;
}

const codes: Record<LimitRefusal['measure'], FaultCode> = {
  requests: 'limit.requests',
  concurrency: 'limit.concurrency',
  tokens: 'limit.tokens',
  cost: 'limit.cost',
};

export function limitDenial(refusal: LimitRefusal, route: Route): Denied {
  const code = refusal.scope === 'address' ? 'limit.address' : codes[refusal.measure];
  const detail = refusal.scope === 'address' ? undefined : limitSentence(refusal);
  const fault = new Fault(code, { retryAfterMs: refusal.retryAfterMs, ...(detail && { detail }) });
  return new Denied(fault, { limit: refusal.headers, limitName: refusal.limit, route });
}

/** Whose limit it is, and for a budget of which time: the caller is to know whom to ask. */
function limitSentence({ scope, limit }: LimitRefusal): string {
  if (limit.endsWith('-day')) return `It is the daily budget of the ${scope}.`;
  if (limit.endsWith('-month')) return `It is the monthly budget of the ${scope}.`;
  return `It is the limit of the ${scope}.`;
}
