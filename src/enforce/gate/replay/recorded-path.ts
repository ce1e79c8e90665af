import { comparePatterns, compilePathPattern, type PathPattern } from '../../../policy/index.ts';
import type { GateSnapshot } from '../snapshot/snapshot.ts';
import { repeatsPrefix, type Route } from '../snapshot/routes.ts';
import type { Operation } from '../wire/wire.ts';

/**
 * The path a call must have had. Entries hold no path, since callers write it, but its route and operation: for the closed wires they name one path;
 * behind `*` and on generic routes they name a set.
 */
export interface RecordedPath {
  readonly method: string;
  /** The spellings the call may have had, or of a set of paths one that stands for all. */
  readonly spellings: readonly string[];
  /** The set; undefined where the path is known. */
  readonly set: PathPattern | undefined;
  /** Narrower routes of the policy of then: their paths are not in the set. */
  readonly excluded: readonly PathPattern[];
}

/** No policy names such a segment. */
const anySegment = 'surety-replay-any';

export interface PathQuestion {
  readonly route: Route;
  readonly operation: Operation;
  readonly model: string | undefined;
  /** Whether the path had the wire's prefix twice. */
  readonly repeated: boolean;
}

/** Undefined where the policy of then leads no path of this route to this operation. */
export function recordedPath(
  past: GateSnapshot,
  { route, operation, model, repeated }: PathQuestion,
): RecordedPath | undefined {
  const method = operation.method === 'ANY' ? 'GET' : operation.method;
  const leads = (path: string): boolean =>
    repeatsPrefix(path, route.wire) === repeated &&
    past.findRoute(path) === route &&
    route.findOperation(method, path)?.operation === operation;
  const spellings = [...new Set(pathTexts(route, operation, model).flatMap(fillWildcards).filter(leads))];
  const [first] = spellings;
  if (first === undefined) return undefined;
  const isTail = operation.path.endsWith('**');
  const isSet = isTail || first.includes(anySegment);
  const setText = isTail ? route.pattern.text : first.replaceAll(anySegment, '*');
  return {
    method,
    spellings: isSet ? [first] : spellings,
    set: isSet ? compilePathPattern(setText) : undefined,
    excluded: past.routes
      .map(({ pattern }) => pattern)
      .filter((pattern) => comparePatterns(pattern, route.pattern) === 'narrower'),
  };
}

/** `*` becomes a segment; `**` also none or several, so that a narrower route beside it does not hide the whole set. */
function fillWildcards(text: string): string[] {
  const tails = text.endsWith('/**')
    ? ['', `/${anySegment}`, `/${anySegment}/${anySegment}/${anySegment}`]
    : [''];
  const head = text.replace(/\/\*\*$/, '');
  return tails.map((tail) => (head + tail).replaceAll(/\/\*(?=\/|$)/g, `/${anySegment}`) || '/');
}

/** Where the wire's prefix stands in the route's match or right behind it; both are tried, and what leads to the operation is right. */
function pathTexts({ pattern, wire }: Route, operation: Operation, model: string | undefined): string[] {
  const mount = pattern.segments.length > 0 ? `/${pattern.segments.join('/')}` : '';
  const start = wire.prefix === '' ? -1 : mount.lastIndexOf(wire.prefix);
  const bases = [mount + wire.prefix, ...(start >= 0 ? [mount.slice(0, start) + wire.prefix] : [])];
  if (!pattern.open && wire.prefix === '') return [mount];
  const models = model === undefined ? [anySegment] : [encodeURIComponent(model), encodeSome(model)];
  return bases.flatMap((base) => models.map((name) => base + operation.path.replace('{model}', () => name)));
}

/** As a client may write it that escapes only what a path cannot hold. */
function encodeSome(model: string): string {
  return encodeURIComponent(model).replaceAll('%3A', ':').replaceAll('%40', '@').replaceAll('%2C', ',');
}

/** Whether these patterns take all paths of the set, or none, each: then one path stands for all. */
export function treatsAlike({ set, excluded }: RecordedPath, patterns: readonly PathPattern[]): boolean {
  if (!set) return true;
  return patterns.every((pattern) => {
    const relation = comparePatterns(set, pattern);
    if (relation === 'equal' || relation === 'narrower' || relation === 'disjoint') return true;
    return excluded.some((other) => ['equal', 'narrower'].includes(comparePatterns(pattern, other)));
  });
}
