import { type Denied, deny } from '../denied.ts';
import type { GateContext } from '../context.ts';
import { entered, type Entered, type Identified } from '../states.ts';
import { refusalOf, roleFor } from './authorize.ts';
import { limitDenial, subjectsOf } from './limit.ts';

/**
 * Counts the call, and refuses what is clear from its head, before anything of its body is taken: a caller over its limits, with a budget that is used up, or
 * without any right to the operation costs neither memory nor parsing.
 */
export function createEnter(gate: GateContext): (state: Identified) => Entered | Denied {
  return (state) => {
    const { caller, route, snapshot, operation } = state;
    if (!holdPlace(gate, state)) return deny('overloaded', { retryAfterMs: 1000 });
    // Which model is not known yet; a caller of one role has no other.
    const role = roleFor({ ...state, model: undefined });
    if (role === undefined && !route.observe) return refusalOf(state);
    const spends = operation.operation.answeredBy === 'upstream';
    const admission = gate.limits.enter({ subjects: subjectsOf({ caller, role, route, snapshot }), spends });
    if (admission.ok) return entered(state, { admission, enteredAs: role, overLimit: undefined });
    const denied = limitDenial(admission, route);
    if (!route.observe) return denied;
    return entered(state, { admission: undefined, enteredAs: role, overLimit: denied.fault.code });
  };
}

/** From now on the call's place and its memory are its caller's and not its address's: callers behind one address do not wait for each other. */
function holdPlace({ places }: GateContext, { caller, call }: Identified): boolean {
  if (caller.kind === 'public') return true;
  places.giveBack(call.countedFor, 1);
  call.countedFor = caller.limitsId;
  call.holdsPlace = places.take(caller.limitsId, 1);
  return call.holdsPlace;
}
