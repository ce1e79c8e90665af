import { Fault, type FaultCode } from '../../../kernel/index.ts';
import { callerSubject, type Demand, type LimitRefusal, type LimitSubject } from '../../limits/index.ts';
import { Denied } from '../denied.ts';
import type { GateContext } from '../context.ts';
import type { Route } from '../snapshot/routes.ts';
import { admitted, type Admitted, authorized, type Authorized, type Caller, entered } from '../states.ts';

/** The least output worth allowing where the caller named no maximum: with less left the call is refused. */
const minOutputTokens = 16;
/** The same for each of several answers. */
const minOfSeveral = 1024;

/**
 * Reserves the most the call can use under every limit it falls under, all or nothing. Where the caller names no maximum of the output, it gets the policy's
 * default or what its budgets have left, and the service is told so.
 */
export function createLimit(gate: GateContext): (state: Authorized) => Admitted | Denied {
  return (state) => {
    const moved = enterAs(gate, state);
    if (moved) return moved;
    const { admission } = state;
    const bounds = outputOf(state);
    if (!admission) return admitted(withLimit(state, state.overLimit), bounds);
    const refusal = admission.reserve(demandOf(state, bounds.outputTokens));
    if (!refusal) return admitted(state, bounds);
    const denied = limitDenial(refusal, state.route);
    if (!state.route.observe) return denied;
    return admitted(withLimit(state, denied.fault.code), bounds);
  };
}

/** A caller of several roles may, now that the model is known, call as another than it was counted under. */
function enterAs(gate: GateContext, state: Authorized): Denied | undefined {
  const { role, enteredAs, admission, route } = state;
  if (role === enteredAs) return undefined;
  admission?.withdraw();
  const spends = state.operation.operation.answeredBy === 'upstream';
  const next = gate.limits.enter({ subjects: subjectsOf(state), spends });
  const denied = next.ok ? undefined : limitDenial(next, route);
  entered(state, {
    admission: next.ok ? next : undefined,
    enteredAs: role,
    overLimit: denied?.fault.code,
  });
  return route.observe ? undefined : denied;
}

function withLimit(state: Authorized, overLimit: FaultCode | undefined): Authorized {
  const { role, plan, wouldDeny } = state;
  if (overLimit === undefined) return state;
  return authorized(state, { role, plan, wouldDeny: [...wouldDeny, overLimit] });
}

type OutputBounds = Pick<Admitted, 'outputTokens' | 'sentMaximum' | 'reservedNanoUsd'>;

/** How much output the service is allowed. */
function outputOf(state: Authorized): OutputBounds {
  const { operation } = state.operation;
  const { asked, admission, snapshot } = state;
  if (operation.answeredBy === 'gate' || operation.output.kind === 'none')
    return bounded(state, 0, undefined);
  if (operation.output.kind === 'media')
    return bounded(state, asked.answers * snapshot.attachmentTokens, undefined);
  if (asked.maximum !== undefined) return bounded(state, asked.maximum * asked.answers, undefined);
  const byDefault = snapshot.defaultOutputOf(state.model);
  // Whom nothing limits is told no maximum.
  if (!admission?.limitsUsage) return bounded(state, byDefault * asked.answers, undefined);
  const room = admission.outputRoom({
    prompt: demandOf(state, 0),
    outputNanoUsd: snapshot.outputPriceOf(state),
  });
  const least = asked.answers > 1 ? minOfSeveral : minOutputTokens;
  const each = Math.min(byDefault, Math.max(least, Math.floor(room / asked.answers)));
  return bounded(state, each * asked.answers, each);
}

function bounded(state: Authorized, outputTokens: number, sentMaximum: number | undefined): OutputBounds {
  const { promptTokens: input } = state;
  const reservedNanoUsd = state.snapshot.highestCostOf(state, { input, output: outputTokens });
  return { outputTokens, sentMaximum, reservedNanoUsd };
}

function demandOf(state: Authorized, output: number): Demand {
  const { promptTokens, likelyTokens, snapshot, operation } = state;
  if (operation.operation.answeredBy === 'gate') return { tokens: 0, costNanoUsd: 0 };
  return {
    tokens: promptTokens + output,
    costNanoUsd: snapshot.highestCostOf(state, { input: promptTokens, output }),
    likelyTokens: likelyTokens + output,
    likelyCostNanoUsd: snapshot.highestCostOf(state, { input: likelyTokens, output }),
  };
}

/** What a call's share is counted for: whom, and by which limits of its policy. */
export function subjectsOf({
  caller,
  role,
  route,
  snapshot,
}: Pick<Authorized, 'role' | 'route' | 'snapshot'> & {
  readonly caller: Pick<Caller, 'kind' | 'limitsId' | 'team'>;
}): LimitSubject[] {
  const subjects: LimitSubject[] = [];
  if (caller.kind !== 'public') {
    if (role !== undefined) {
      const own = snapshot.keyLimitsOf(role);
      const shared = snapshot.sharedLimitsOf(role);
      if (own) subjects.push({ scope: 'key', subject: callerSubject(caller.limitsId, role), limits: own });
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
function limitSentence({ scope, limit, neverFits }: LimitRefusal): string {
  const whose = limit.endsWith('-day')
    ? `the daily budget of the ${scope}`
    : limit.endsWith('-month')
      ? `the monthly budget of the ${scope}`
      : `the limit of the ${scope}`;
  if (!neverFits) return `It is ${whose}.`;
  return `This call alone could use more than all of ${whose}: ask for a smaller maximum of output tokens, or send a shorter prompt.`;
}
