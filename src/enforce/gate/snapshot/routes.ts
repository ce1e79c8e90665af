import { compilePathPattern, findModelPattern, type PathPattern, unfrozen } from '../../../policy/index.ts';
import type { LimitSubject } from '../../limits/index.ts';
import type { RouteSection } from '../section.ts';
import type { Target } from '../target.ts';
import type { Operation, Wire } from '../wire/wire.ts';
import { wires } from '../wire/wires.ts';

/** An operation found for a method and path. */
export interface RoutedOperation {
  readonly operation: Operation;
  /** Behind the wire's prefix, with `{model}` still in it where the path names the model. */
  readonly path: string;
  readonly pathModel: string | undefined;
}

export interface Route {
  readonly name: string;
  readonly pattern: PathPattern;
  readonly wire: Wire;
  readonly isPublic: boolean;
  readonly observe: boolean;
  readonly recordBefore: boolean;
  readonly limits: LimitSubject | undefined;
  /** Those of the wire, and those the policy names. */
  readonly requestHeaders: ReadonlySet<string>;
  /** The exact model names of the policy: what lists of models show. */
  readonly modelNames: readonly string[];
  /** What the policy calls a model a caller asks for: its exact name, else the pattern that serves it; undefined where the route does not serve it. */
  servedAs(model: string | undefined): string | undefined;
  findOperation(method: string, path: string): RoutedOperation | undefined;
  /** The places a model may go to, in order; undefined where the route does not serve it. */
  targetsOf(model: string | undefined): readonly (readonly Target[])[] | undefined;
}

/** The name of a route's own upstream, for a route that says `to:`. A policy's upstream names hold no space. */
export function routeUpstreamName(route: string): string {
  return `route ${route}`;
}

export function routeName(section: RouteSection): string {
  return section.name ?? section.match;
}

export function compileRoute(section: RouteSection): Route {
  const name = routeName(section);
  const wire = wires[section.wire];
  const pattern = compilePathPattern(section.match);
  const plans = new Map(
    Object.entries(section.models ?? {}).map(([model, places]) => [model, places.map(unfrozen)]),
  );
  const patterns = [...plans.keys()];
  const own = section.to ? [[{ upstream: routeUpstreamName(name), weight: 1 }]] : undefined;
  return {
    name,
    pattern,
    wire,
    isPublic: section.public,
    observe: section.observe,
    recordBefore: section.record === 'before',
    requestHeaders: section.headers
      ? new Set([...wire.requestHeaders, ...section.headers])
      : wire.requestHeaders,
    limits: section.limits && { scope: 'route', subject: name, limits: section.limits },
    modelNames: patterns.filter((model) => !model.endsWith('*')),
    findOperation: createOperationFinder(wire, pattern),
    servedAs: (model) => (model === undefined ? undefined : findModelPattern(patterns, model)),
    targetsOf(model) {
      if (model === undefined) return own;
      const matched = findModelPattern(patterns, model);
      return matched === undefined ? own : plans.get(matched);
    },
  };
}

/**
 * The path of an operation is what follows the wire's prefix (`/v1`), which stands in the route's match or right behind it:
 * `/v1/**`, `/anthropic/**` and `/v1/messages` all work as a client's base URL suggests.
 */
function createOperationFinder(wire: Wire, pattern: PathPattern): Route['findOperation'] {
  const mountSegments = pattern.segments.length;
  const rows = wire.operations.map((operation) => ({
    operation,
    segments: operation.path.slice(1).split('/'),
  }));
  const literals = wire.operations.filter(({ path }) => !/[{*]/.test(path));
  const byMethodAndPath = new Map(
    [...Map.groupBy(literals, ({ method }) => method)].map(([method, operations]) => [
      method as string,
      new Map(operations.map((operation) => [operation.path, operation])),
    ]),
  );
  return (method, path) => {
    const mount = lengthOfMount(path, mountSegments);
    const start =
      wire.prefix === '' ? mount : path.lastIndexOf(`${wire.prefix}/`, mount) + wire.prefix.length;
    if (start < wire.prefix.length) return undefined;
    const rest = path.slice(start);
    const literal = byMethodAndPath.get(method)?.get(rest);
    if (literal) return { operation: literal, path: rest, pathModel: undefined };
    return findBySegments(rows, method, rest);
  };
}

/** The length of the part of a path that the route's own segments cover. */
function lengthOfMount(path: string, segments: number): number {
  let end = 0;
  for (let count = 0; count < segments; count++) {
    const next = path.indexOf('/', end + 1);
    if (next < 0) return path.length;
    end = next;
  }
  return end;
}

function findBySegments(
  rows: readonly { operation: Operation; segments: readonly string[] }[],
  method: string,
  path: string,
): RoutedOperation | undefined {
  const parts = path.slice(1).split('/');
  for (const { operation, segments } of rows) {
    if (operation.method !== 'ANY' && operation.method !== method) continue;
    if (segments.at(-1) === '**') return { operation, path, pathModel: undefined };
    if (segments.length !== parts.length) continue;
    if (
      !segments.every(
        (segment, index) => segment === parts[index] || (segment === '{model}' && parts[index] !== ''),
      )
    )
      continue;
    const pathModel = decodeSegment(parts[segments.indexOf('{model}')]);
    if (pathModel === undefined && operation.model === 'path') continue;
    return { operation, path: operation.path, pathModel };
  }
  return undefined;
}

/** Clients escape the colon of `llama:8b`. Undefined for what is no UTF-8. */
function decodeSegment(segment: string | undefined): string | undefined {
  try {
    return segment && decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/**
 * Whether a path has the wire's prefix twice: on `/v1/**` an operation can be reached as `/v1/chat/completions` and as `/v1/v1/chat/completions`.
 * Entries say which, so that the path is known.
 */
export function repeatsPrefix(path: string, { prefix }: Route['wire']): boolean {
  return prefix !== '' && path.indexOf(`${prefix}/`) !== path.lastIndexOf(`${prefix}/`);
}
