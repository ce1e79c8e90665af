import type { FaultCode } from '../../../kernel/index.ts';
import { type Denied, deny } from '../denied.ts';
import { authorized, type Authorized, type Plan, type Read } from '../states.ts';

/** What the decision is made by, and nothing else: so a recorded call can be decided again (replay/). */
export type Authorizable = Pick<Read, 'caller' | 'snapshot' | 'route' | 'operation' | 'path' | 'model'>;

type Decision = Pick<Authorized, 'role' | 'plan' | 'wouldDeny'>;

const nowhere: Plan = [];

/**
 * What the roles permit, and where the call may go. Deny by default. The roles are asked before the route's models, so that a caller
 * learns nothing of models it may not use.
 */
export function authorize<State extends Authorizable>(state: State): (State & Decision) | Denied {
  const { route, operation, model } = state;
  const wouldDeny: FaultCode[] = [];
  const role = roleFor(state);
  const refused = role === undefined ? refusalOf(state) : undefined;
  if (refused && !route.observe) return refused;
  if (refused) wouldDeny.push(refused.fault.code);

  if (operation.operation.answeredBy === 'gate') return authorized(state, { role, plan: nowhere, wouldDeny });
  const plan = route.targetsOf(model);
  if (!plan) return deny('model.unknown');
  return authorized(state, { role, plan, wouldDeny });
}

/** The first role of the caller, in the policy's order, that permits the call. */
export function roleFor({
  caller,
  snapshot,
  path,
  model,
}: Pick<Authorizable, 'caller' | 'snapshot' | 'path' | 'model'>): string | undefined {
  if (caller.kind === 'public') return 'public';
  if (caller.team !== undefined && !snapshot.teams.has(caller.team)) return undefined;
  return snapshot.roles.permitting(caller.roles, path, model);
}

/** Why no role of the caller permits the call. */
export function refusalOf({
  caller,
  snapshot,
  path,
}: Pick<Authorizable, 'caller' | 'snapshot' | 'path'>): Denied {
  if (caller.team !== undefined && !snapshot.teams.has(caller.team)) return deny('permission.team');
  const mayCall = snapshot.roles.permitting(caller.roles, path, undefined) !== undefined;
  return deny(mayCall ? 'permission.model' : 'permission.operation');
}
