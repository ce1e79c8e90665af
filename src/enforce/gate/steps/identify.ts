import { type Identification, readCredential } from '../../identity/index.ts';
import { Denied, deny } from '../denied.ts';
import type { GateContext } from '../context.ts';
import { identified, type Identified, type PublicCaller, type Received } from '../states.ts';
import { Fault } from '../../../kernel/index.ts';

const publicCaller: PublicCaller = {
  kind: 'public',
  id: 'public',
  roles: ['public'],
  team: undefined,
  expiresAt: Number.POSITIVE_INFINITY,
  limitsId: 'public',
};

/** Who is calling. A public route asks nobody; on every other there is exactly one credential, and it is one of ours. */
export function createIdentify(
  gate: GateContext,
): (state: Received) => Identified | Denied | Promise<Identified | Denied> {
  return (state) => {
    if (state.route.isPublic) return identified(state, publicCaller);
    const credential = readCredential(state.call.rawHeaders);
    if (!credential.ok) return deny(credential.code);
    const identification = gate.identity.identify(credential.credential, state.address);
    if (identification instanceof Promise) return identification.then((known) => conclude(state, known));
    return conclude(state, identification);
  };
}

function conclude(state: Received, identification: Identification): Identified | Denied {
  if (identification.ok) return identified(state, identification.principal);
  const { code, callerId, reason, retryAfterMs } = identification;
  const fault = new Fault(code, retryAfterMs === undefined ? {} : { retryAfterMs });
  return new Denied(fault, { callerId, reason });
}
