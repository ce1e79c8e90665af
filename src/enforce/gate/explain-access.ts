import type { PolicyPath } from '../../policy/index.ts';
import { compilePathPattern, findModelPattern } from '../../policy/index.ts';
import type { GatePolicy } from './section.ts';
import type { Route } from './snapshot/routes.ts';
import { compileGate } from './snapshot/snapshot.ts';

export interface AskedCall {
  readonly roles: readonly string[];
  readonly team: string | undefined;
  readonly path: string;
  readonly model: string | undefined;
}

export interface CallDecision {
  readonly permitted: boolean;
  readonly because: string;
  /** The key of the policy that decides; undefined where nothing in it does. */
  readonly path?: PolicyPath;
}

const methods = ['POST', 'GET', 'PUT', 'PATCH', 'DELETE'] as const;

/** Whether roles may make a call, by the code the gate decides with, and which key of the policy decides. */
export function explainCall(policy: GatePolicy, asked: AskedCall): CallDecision {
  const snapshot = compileGate(policy, '');
  const { path, model, roles, team } = asked;
  const route = snapshot.findRoute(path);
  if (!route) return { permitted: false, because: 'No route matches this path.', path: ['gate', 'routes'] };
  const at = routePath(policy, route);
  if (!methods.some((method) => route.findOperation(method, path)))
    return {
      permitted: false,
      because: `The wire ${route.wire.name} of this route has no such operation.`,
      path: at,
    };
  if (model !== undefined && route.targetsOf(model) === undefined)
    return { permitted: false, because: 'The route does not serve this model.', path: [...at, 'models'] };
  if (route.isPublic)
    return {
      permitted: true,
      because: 'The route is public: no credential is asked for.',
      path: [...at, 'public'],
    };
  const teamGone = team !== undefined && !snapshot.teams.has(team);
  const role = teamGone ? undefined : snapshot.roles.permitting(roles, path, model);
  if (role !== undefined) return permitted(policy, role, asked);
  const refused = teamGone
    ? no(`The policy no longer has the team ${team}.`, ['identity', 'teams'])
    : refusal(policy, asked, (name) => snapshot.roles.mayCall(name, path));
  if (!route.observe) return refused;
  const because = `The route only observes; it would be refused otherwise. ${refused.because}`;
  return { permitted: true, because, path: [...at, 'observe'] };
}

const no = (because: string, path: PolicyPath): CallDecision => ({ permitted: false, because, path });

function routePath({ gate }: GatePolicy, route: Route): PolicyPath {
  return ['gate', 'routes', gate.routes.findIndex(({ match }) => match === route.pattern.text)];
}

function permitted({ identity }: GatePolicy, role: string, { path, model }: AskedCall): CallDecision {
  const section = identity.roles[role];
  const index = section?.may.findIndex(({ resource }) => compilePathPattern(resource).matches(path)) ?? 0;
  const pattern = model === undefined ? undefined : findModelPattern(section?.models ?? [], model);
  const withModel = pattern === undefined ? '' : `, and its models (${pattern}) this one`;
  return {
    permitted: true,
    because: `Role ${role} permits call ${section?.may[index]?.resource ?? ''}${withModel}.`,
    path: ['identity', 'roles', role, 'may', index],
  };
}

function refusal(
  { identity }: GatePolicy,
  { roles, model }: AskedCall,
  mayCall: (role: string) => boolean,
): CallDecision {
  const known = roles.filter((role) => Object.hasOwn(identity.roles, role));
  const [first] = known;
  if (first === undefined)
    return {
      permitted: false,
      because: `The policy has no role ${roles.join(', ')}.`,
      path: ['identity', 'roles'],
    };
  const calling = known.find(mayCall);
  if (calling !== undefined)
    return {
      permitted: false,
      because: `Role ${calling} permits the path, but not the model ${model ?? ''}.`,
      path: ['identity', 'roles', calling, 'models'],
    };
  return {
    permitted: false,
    because: `Nothing that role ${known.join(', ')} may do covers this path.`,
    path: ['identity', 'roles', first, 'may'],
  };
}
