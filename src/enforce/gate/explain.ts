import { formatRate, formatUsd, type Rate } from '../../kernel/index.ts';
import type { LimitSet } from '../limits/index.ts';
import { type ExplainedData, explainData, explainRouteData } from './explain-data.ts';
import type { GatePolicy } from './section.ts';
import type { Route } from './snapshot/routes.ts';
import { compileGate } from './snapshot/snapshot.ts';

/** The effective policy of one route: what is left when every default, pattern and list has been applied. */
export interface ExplainedRoute {
  readonly route: string;
  readonly match: string;
  readonly wire: string;
  readonly public: boolean;
  readonly observe: boolean;
  readonly recorded: 'before forwarding' | 'before the first byte';
  readonly operations: readonly string[];
  readonly models: Readonly<Record<string, readonly string[]>>;
  readonly limits: readonly string[];
  /** What its services may see of data, and what is done with the rest. */
  readonly data: readonly string[];
  readonly callers: readonly ExplainedCaller[];
}

export interface ExplainedCaller {
  readonly role: string;
  readonly operations: readonly string[];
  readonly models: readonly string[];
  readonly eachKey: readonly string[];
  readonly together: readonly string[];
}

export interface ExplainedPolicy {
  readonly addresses: readonly string[];
  /** Undefined: nothing is looked for in calls. */
  readonly data: ExplainedData | undefined;
  readonly routes: readonly ExplainedRoute[];
}

/** Works the policy out with the code the gate decides by, so that the explanation cannot differ from the decision. */
export function explainGate(policy: GatePolicy): ExplainedPolicy {
  const snapshot = compileGate(policy, '');
  return {
    addresses: limitTexts(snapshot.addressLimits),
    data: explainData(snapshot.data),
    routes: snapshot.routes.map((route) => {
      const section = policy.gate.routes.find(({ match }) => match === route.pattern.text);
      const models = Object.entries(section?.models ?? {});
      const paths = operationPaths(route);
      return {
        route: route.name,
        match: route.pattern.text,
        wire: route.wire.name,
        public: route.isPublic,
        observe: route.observe,
        recorded: route.recordBefore ? 'before forwarding' : 'before the first byte',
        operations: paths.map(({ text }) => text),
        models: Object.fromEntries(models.map(([model, places]) => [model, places.map(placeText)])),
        limits: limitTexts(route.limits?.limits),
        data: explainRouteData(route, snapshot.data, section),
        callers: route.isPublic
          ? []
          : snapshot.roles.names
              .map((role) => ({
                role,
                operations: paths
                  .filter(({ path }) => snapshot.roles.mayCall(role, path))
                  .map(({ text }) => text),
                models: models
                  .map(([model]) => model)
                  .filter((model) => snapshot.roles.mayUseModel(role, model)),
                eachKey: limitTexts(snapshot.keyLimitsOf(role)),
                together: limitTexts(snapshot.sharedLimitsOf(role)),
              }))
              .filter(({ operations }) => operations.length > 0),
      };
    }),
  };
}

/** Each operation with a path under the route that leads to it. */
function operationPaths(route: Route): { text: string; path: string }[] {
  const { wire, pattern } = route;
  const mount = pattern.segments.length > 0 ? `/${pattern.segments.join('/')}` : '';
  const start = mount.lastIndexOf(wire.prefix);
  const base =
    wire.prefix === '' ? mount : start >= 0 ? mount.slice(0, start) + wire.prefix : mount + wire.prefix;
  return wire.operations
    .map((operation) => ({
      operation,
      path: base + operation.path.replace('/**', '/x').replace('{model}', 'x'),
    }))
    .filter(
      ({ operation, path }) =>
        pattern.matches(path) &&
        route.findOperation(operation.method === 'ANY' ? 'GET' : operation.method, path),
    )
    .map(({ operation, path }) => ({
      text: `${operation.method} ${base}${operation.path} (${operation.name})`,
      path,
    }));
}

function placeText(place: readonly { upstream: string; model?: string; weight: number }[]): string {
  const whole = place.reduce((sum, { weight }) => sum + weight, 0);
  return place
    .map(
      ({ upstream, model, weight }) =>
        `${upstream}${model ? ` as ${model}` : ''}${place.length > 1 ? ` ${Math.round((weight / whole) * 100)} %` : ''}`,
    )
    .join(' or ');
}

export function limitTexts(set: LimitSet | undefined): string[] {
  if (!set) return [];
  const rates = (measure: string, list: readonly Rate[], format = formatRate) =>
    list.map((rate) => `${measure} ${format(rate)}`);
  return [
    ...rates('requests', set.requests),
    ...rates('tokens', set.tokens),
    ...rates('cost', set.cost, (rate) => `${formatUsd(rate.amount)}/${rate.per}`),
    ...(set.concurrency === undefined ? [] : [`${set.concurrency} at once`]),
  ];
}
