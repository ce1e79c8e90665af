import type { FaultCode } from '../../../kernel/index.ts';
import { compilePathPattern, type PathPattern } from '../../../policy/index.ts';
import { Denied } from '../denied.ts';
import type { GateSnapshot } from '../snapshot/snapshot.ts';
import type { Route, RoutedOperation } from '../snapshot/routes.ts';
import type { Caller } from '../states.ts';
import { authorize } from '../steps/authorize.ts';
import type { RecordedCall } from './recorded-call.ts';
import { treatsAlike } from './recorded-path.ts';
import type { Unreplayable } from './unreplayable.ts';

/** What a policy makes of a recorded call. */
export type Verdict =
  | { readonly kind: 'allowed'; readonly wireChanged: boolean; readonly as: CalledAs | undefined }
  | { readonly kind: 'refused'; readonly reason: FaultCode; readonly beforeBody: boolean }
  | { readonly kind: 'unknown'; readonly why: Unreplayable };

/** What limits are asked by: the role the candidate lets the call through as, and where. */
export interface CalledAs {
  readonly caller: 'public' | 'key' | 'token';
  readonly role: string | undefined;
  readonly route: Route;
  readonly model: string | undefined;
}

const unknown = (why: Unreplayable): Verdict => ({ kind: 'unknown', why });
const early = (reason: FaultCode): Verdict => ({ kind: 'refused', reason, beforeBody: true });

/**
 * Decides a recorded call by a candidate, in the order of the pipeline and with the step that decides calls (`authorize`). What is not
 * recorded is never guessed: where it could change the decision the verdict is unknown.
 */
export function createJudge(candidate: GateSnapshot, inForce: GateSnapshot): (call: RecordedCall) => Verdict {
  const routePatterns = candidate.routes.map(({ pattern }) => pattern);
  const permissionPatterns = createPermissionPatterns(candidate);

  function judgePath(call: RecordedCall, path: string): Verdict {
    const route = candidate.findRoute(path);
    if (!route) return early('route.unknown');
    const operation = route.findOperation(call.path.method, path);
    if (!operation) return early('operation.unknown');
    const caller = callerOn(route, call);
    if (caller === 'unidentified') return early('credential.missing');
    const wireChanged = operation.operation.name !== call.operation.name;
    // A refusal of a credential came before the body was read: on a route that asks for none, nothing recorded stands against the call.
    const as = (role: string | undefined, model: string | undefined): CalledAs => ({
      caller: caller.kind,
      role,
      route,
      model,
    });
    if (call.caller === 'unidentified') return { kind: 'allowed', wireChanged, as: as('public', call.model) };
    const gone = goneWith(caller, { past: call.past, candidate, inForce });
    if (gone) return unknown(gone);
    const model = modelOf(call, operation);
    const decided = authorize({ caller, snapshot: candidate, route, operation, path, model: model.name });
    if (!(decided instanceof Denied))
      return model.known
        ? { kind: 'allowed', wireChanged, as: as(decided.role, model.name) }
        : unknown('model-not-recorded');
    const reason = decided.fault.code;
    const byModel = reason === 'permission.model' || reason === 'model.unknown';
    // Of a pattern it is known that all of it is permitted, and not which of it was called.
    if (byModel && (!model.known || model.name?.endsWith('*'))) return unknown('model-not-recorded');
    return { kind: 'refused', reason, beforeBody: false };
  }

  return (call) => {
    const { path, caller } = call;
    const roles = caller === 'unidentified' ? [] : caller.roles;
    if (!treatsAlike(path, [...routePatterns, ...permissionPatterns(roles)]))
      return unknown('path-not-recorded');
    const verdicts = path.spellings.map((spelling) => judgePath(call, spelling));
    const [first = unknown('path-not-recorded')] = verdicts;
    if (!verdicts.every((verdict) => isSame(verdict, first))) return unknown('path-not-recorded');
    // Let through either way, and counted for others: whom limits count it for is not known.
    const isOne = verdicts.every((verdict) => isCountedAs(verdict, first));
    return isOne || first.kind !== 'allowed' ? first : { ...first, as: undefined };
  };
}

function isSame(a: Verdict, b: Verdict): boolean {
  return a.kind === b.kind && (a.kind !== 'refused' || b.kind !== 'refused' || a.reason === b.reason);
}

function isCountedAs(a: Verdict, b: Verdict): boolean {
  if (a.kind !== 'allowed' || b.kind !== 'allowed') return true;
  return a.as?.role === b.as?.role && a.as?.route === b.as?.route && a.as?.model === b.as?.model;
}

function createPermissionPatterns(candidate: GateSnapshot): (roles: readonly string[]) => PathPattern[] {
  const { roles: sections } = candidate.policy.identity;
  const byRole = new Map(
    Object.entries(sections).map(([role, { may }]) => [
      role,
      may.map(({ resource }) => compilePathPattern(resource)),
    ]),
  );
  return (roles) => roles.flatMap((role) => byRole.get(role) ?? []);
}

/** Whom the gate would see: nobody is asked on a public route, and who was not asked then has no credential for now. */
function callerOn(route: Route, { caller }: RecordedCall): Caller | 'unidentified' {
  if (route.isPublic)
    return {
      kind: 'public',
      id: 'public',
      roles: ['public'],
      team: undefined,
      expiresAt: Number.POSITIVE_INFINITY,
      limitsId: 'public',
    };
  return caller === 'unidentified' || caller.kind === 'public' ? 'unidentified' : caller;
}

interface Policies {
  readonly past: GateSnapshot;
  readonly candidate: GateSnapshot;
  readonly inForce: GateSnapshot;
}

/** What left the policy before the candidate was written is not the candidate's doing. */
function goneWith(caller: Caller, { past, candidate, inForce }: Policies): Unreplayable | undefined {
  if (caller.kind === 'public') return undefined;
  const { roles, team } = caller;
  const isGone = (has: (snapshot: GateSnapshot) => boolean): boolean =>
    has(past) && !has(candidate) && !has(inForce);
  if (roles.length > 0 && roles.every((role) => isGone((snapshot) => snapshot.roles.has(role))))
    return 'role-gone';
  if (team !== undefined && isGone((snapshot) => snapshot.teams.has(team))) return 'team-gone';
  return undefined;
}

function modelOf(call: RecordedCall, { operation, pathModel }: RoutedOperation) {
  if (operation.model === 'none') return { name: undefined, known: true };
  const known = call.operation.model !== 'none' && call.modelKnown;
  return { name: operation.model === 'path' && known ? pathModel : call.model, known };
}
