import { compilePathPattern, findPatternTies, type ReportProblem } from '../../policy/index.ts';
import { checkPrices } from '../limits/index.ts';
import type { GatePolicy, RouteSection, UpstreamSection } from './section.ts';
import { routeName } from './snapshot/routes.ts';

/** What no schema can see: names that must exist, routes that contradict each other, addresses that must not be open. */
export function checkGate(policy: GatePolicy, report: ReportProblem): void {
  checkListener(policy, report);
  checkUpstreams(policy, report);
  checkWires(policy, report);
  checkTies(policy, report);
  checkNames(policy, report);
  for (const [index, route] of policy.gate.routes.entries()) checkRoute({ policy, route, index, report });
  checkPriced(policy, report);
  checkCeilings(policy, report);
  checkSubjects(policy, report);
  checkFieldPlaces(policy, report);
}

/** A cost limit over a model without a price would count nothing. */
function checkPriced({ gate, identity, limits }: GatePolicy, report: ReportProblem): void {
  const models = gate.routes.flatMap((route, index) =>
    Object.keys(route.models ?? {}).map((model) => ({
      model,
      path: ['gate', 'routes', index, 'models', model],
    })),
  );
  const roleSets = Object.values(identity.roles).flatMap((role) =>
    [role.limits ?? [], role.shared ?? []].flat(),
  );
  const teamSets = Object.values(identity.teams).flatMap((team) => team.limits ?? []);
  const limitSets = [
    limits.key,
    ...roleSets,
    ...teamSets,
    ...gate.routes.flatMap((route) => route.limits ?? []),
  ];
  checkPrices({ prices: limits.prices, models, limitSets }, report);
}

function checkListener({ gate }: GatePolicy, report: ReportProblem): void {
  if (gate.listen.loopback || gate.tls === 'elsewhere') return;
  report({
    path: ['gate', 'listen'],
    message:
      'keys would cross the network in the clear; listen on 127.0.0.1, or say tls: elsewhere when something in front ends TLS',
  });
}

function checkUpstreams({ gate }: GatePolicy, report: ReportProblem): void {
  for (const [name, upstream] of Object.entries(gate.upstreams)) {
    const path = ['gate', 'upstreams', name];
    if ((upstream.url === undefined) === (upstream.builtin === undefined)) {
      report({ path, message: 'an upstream has either url or builtin' });
    }
    checkPlainHttp(upstream, [...path, 'url'], report);
  }
}

function checkPlainHttp(
  remote: Pick<UpstreamSection, 'url' | 'private'>,
  path: (string | number)[],
  report: ReportProblem,
): void {
  if (remote.url?.startsWith('http:') && !remote.private) {
    report({
      path,
      message:
        'plain http leaves prompts and credentials open; use https, or say private: true for a service inside',
    });
  }
}

/** A service is reached over one wire: its credential and its paths depend on it. The echo speaks them all. */
function checkWires({ gate }: GatePolicy, report: ReportProblem): void {
  const wireOf = new Map<string, string>();
  for (const [index, route] of gate.routes.entries()) {
    for (const { upstream } of Object.values(route.models ?? {}).flat(2)) {
      if (gate.upstreams[upstream]?.builtin) continue;
      const known = wireOf.get(upstream) ?? route.wire;
      wireOf.set(upstream, known);
      if (known === route.wire) continue;
      report({
        path: ['gate', 'routes', index],
        message: `upstream ${upstream} is reached over the ${known} wire by another route; name it twice`,
      });
    }
  }
}

function checkTies({ gate }: GatePolicy, report: ReportProblem): void {
  const patterns = gate.routes.map((route) => compilePathPattern(route.match));
  for (const { first, second, relation } of findPatternTies(patterns)) {
    const other = gate.routes[first]?.match;
    const message =
      relation === 'equal'
        ? `the same paths as route ${first}`
        : `neither this nor route ${first} (${other}) is the more specific for paths in both`;
    report({ path: ['gate', 'routes', second, 'match'], message });
  }
}

function checkNames({ gate }: GatePolicy, report: ReportProblem): void {
  const seen = new Set<string>();
  for (const [index, route] of gate.routes.entries()) {
    if (seen.has(routeName(route)))
      report({ path: ['gate', 'routes', index, 'name'], message: 'two routes have this name' });
    seen.add(routeName(route));
  }
}

interface RouteCheck {
  readonly policy: GatePolicy;
  readonly route: RouteSection;
  readonly index: number;
  readonly report: ReportProblem;
}

function checkRoute({ policy, route, index, report }: RouteCheck): void {
  const path = ['gate', 'routes', index];
  if (route.wire === 'generic') {
    if (!route.to) report({ path, message: 'a generic route needs to: the service behind it' });
    if (route.models)
      report({
        path: [...path, 'models'],
        message: 'the generic wire knows no models; name its one service with to:',
      });
    checkPlainHttp({ url: route.to, private: route.private }, [...path, 'to'], report);
  } else {
    if (route.to)
      report({ path: [...path, 'to'], message: `the ${route.wire} wire takes models: instead of to:` });
    if (!route.models)
      report({ path, message: `a route of the ${route.wire} wire needs models: which service serves which` });
    checkServiceKeys(route, path, report);
  }
  checkTargets({ policy, route, index, report });
}

/** Keys that describe a route's own service mean nothing where the services are upstreams. */
function checkServiceKeys(route: RouteSection, path: (string | number)[], report: ReportProblem): void {
  for (const key of ['credential', 'proxy', 'ca', 'health'] as const) {
    if (route[key] !== undefined)
      report({ path: [...path, key], message: `${key} belongs to the upstream on this wire` });
  }
}

function checkTargets({ policy, route, index, report }: RouteCheck): void {
  const known = Object.keys(policy.gate.upstreams);
  for (const [model, places] of Object.entries(route.models ?? {})) {
    for (const target of places.flat()) {
      if (known.includes(target.upstream)) continue;
      report({
        path: ['gate', 'routes', index, 'models', model],
        message: 'no upstream has this name',
        found: target.upstream,
        allowed: known,
      });
    }
    if (places.some((place) => place.every(({ weight }) => weight === 0))) {
      report({
        path: ['gate', 'routes', index, 'models', model],
        message: 'every weight is 0, so nothing would be chosen',
      });
    }
  }
}

/** A ceiling must be a class of the policy, and something must be looked for. */
function checkCeilings({ gate, data }: GatePolicy, report: ReportProblem): void {
  const allowed = data?.classes ?? [];
  const isOff = !data || (data.detect === 'none' && Object.keys(data.detectors).length === 0);
  const check = (ceiling: string | undefined, path: (string | number)[]): void => {
    if (ceiling === undefined) return;
    if (isOff) report({ path, message: 'nothing is looked for, so it would keep nothing; say data.detect' });
    else if (!allowed.includes(ceiling))
      report({ path, message: 'not one of the classes', found: ceiling, allowed });
  };
  for (const [name, { ceiling }] of Object.entries(gate.upstreams))
    check(ceiling, ['gate', 'upstreams', name, 'ceiling']);
  for (const [index, { ceiling }] of gate.routes.entries()) {
    check(ceiling, ['gate', 'routes', index, 'ceiling']);
  }
}

/** A claim is a claim of somebody's token. */
function checkSubjects({ data, identity }: GatePolicy, report: ReportProblem): void {
  if (identity.tokens.length > 0) return;
  const check = (from: readonly string[] | undefined, path: (string | number)[]): void => {
    const message = 'no issuer of tokens is accepted, so nobody has claims; say identity.tokens';
    if (from?.includes('claim')) report({ path: ['data', 'subjects', ...path], message });
  };
  check(data?.subjects?.from, ['from']);
  for (const [name, { from }] of Object.entries(data?.subjects?.routes ?? {}))
    check(from, ['routes', name, 'from']);
}

/** Wires that the gate knows say themselves where text stands. */
function checkFieldPlaces({ gate }: GatePolicy, report: ReportProblem): void {
  for (const [index, { fields, wire }] of gate.routes.entries()) {
    if (fields && wire !== 'generic')
      report({
        path: ['gate', 'routes', index, 'fields'],
        message: `only the generic wire takes it; of ${wire} the gate knows where text stands`,
      });
    const seen = new Map<string, string>();
    for (const [kind, places] of Object.entries(fields ?? {})) {
      for (const [order, place] of (places as readonly string[]).entries()) {
        const known = seen.get(place);
        if (known !== undefined)
          report({
            path: ['gate', 'routes', index, 'fields', kind, order],
            message: `this place is said to be ${known} already`,
            found: place,
          });
        seen.set(place, kind);
      }
    }
  }
}
