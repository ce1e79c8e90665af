import type { FaultCode } from '../../../kernel/index.ts';
import { type Denied, deny } from '../denied.ts';
import type { GateContext } from '../context.ts';
import type { Authorized, Plan, Read } from '../states.ts';

const nowhere: Plan = [];

/**
 * What the role permits, and where the call may go. Deny by default. The role is asked before the route's models, so that a caller
 * learns nothing of models it may not use.
 */
export function createAuthorize(_gate: GateContext): (state: Read) => Authorized | Denied {
  return (state) => {
    const { route, operation, model } = state;
    const wouldDeny: FaultCode[] = [];
    const refused = refuseByRole(state);
    if (refused && !route.observe) return refused;
    if (refused) wouldDeny.push(refused.fault.code);

    if (operation.operation.answeredBy === 'gate') return Object.assign(state, { plan: nowhere, wouldDeny });
    const plan = route.targetsOf(model);
    if (!plan) return deny('model.unknown');
    return Object.assign(state, { plan, wouldDeny });
  };
}

function refuseByRole({ caller, snapshot, path, model }: Read): Denied | undefined {
  if (caller.kind === 'public') return undefined;
  if (!snapshot.roles.mayCall(caller.role, path)) return deny('permission.operation');
  if (model !== undefined && !snapshot.roles.mayUseModel(caller.role, model)) return deny('permission.model');
  return undefined;
}
