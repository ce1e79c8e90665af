/** A path pattern ready to match: `/v1/**`, `/v1/*` + `/files`, `/healthz`. */
export interface PathPattern {
  readonly text: string;
  /** The segments, without a final `**`. */
  readonly segments: readonly string[];
  /** Whether it ends in `**`, which stands for any number of further segments, also none. */
  readonly open: boolean;
  matches(path: string): boolean;
}

/** RFC 3986 `pchar` without percent-encoding (one spelling for one path) and without `*`, which is the wildcard. */
const literalSegment = /^[A-Za-z0-9._~!$&'()+,;=:@-]+$/;
const longestPattern = 512;

/** Why a text is not a path pattern, or undefined where it is one. */
export function pathPatternProblem(text: string): string | undefined {
  if (!text.startsWith('/')) return 'a path pattern starts with /';
  if (text.length > longestPattern) return `longer than ${longestPattern} characters`;
  if (text === '/') return undefined;
  const segments = text.slice(1).split('/');
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === '') return last ? 'a path pattern does not end in /' : 'an empty segment (//)';
    if (segment === '.' || segment === '..') return 'dot segments are not allowed';
    if (segment === '**' && !last) return '** stands at the end only';
    if (segment === '*' || segment === '**') continue;
    if (segment.includes('*')) return '* stands for a whole segment';
    if (!literalSegment.test(segment))
      return 'a segment holds characters that a path has in no normalized form';
  }
  return undefined;
}

/**
 * `*` matches exactly one segment that is not empty, a final `**` any number of segments, also none: `/v1/**` matches `/v1`,
 * `/v1/` and `/v1/chat/completions`. Letters count by case. Throws on a text that is not a pattern: policies are checked before.
 */
export function compilePathPattern(text: string): PathPattern {
  const problem = pathPatternProblem(text);
  if (problem) throw new TypeError(`not a path pattern: ${problem}`);
  const all = text.slice(1).split('/');
  const open = all.at(-1) === '**';
  const segments = open ? all.slice(0, -1) : all;
  return { text, segments, open, matches: (path) => matchesSegments(segments, open, path) };
}

function matchesSegments(segments: readonly string[], open: boolean, path: string): boolean {
  if (!path.startsWith('/')) return false;
  // Segment by segment where it stands: this is asked several times for every call, and splitting costs more than comparing.
  let start = 1;
  for (const segment of segments) {
    if (start > path.length) return false;
    const slash = path.indexOf('/', start);
    const end = slash < 0 ? path.length : slash;
    if (segment === '*' ? end === start : end - start !== segment.length || !path.startsWith(segment, start))
      return false;
    start = end + 1;
  }
  return open || start > path.length;
}

/** How the paths of two patterns lie to each other. */
export type PatternRelation = 'equal' | 'narrower' | 'wider' | 'disjoint' | 'crossing';

/**
 * `narrower`: every path of `a` is one of `b`, and `b` has more. `crossing`: each has paths the other lacks, and some are in both,
 * so that neither is the more specific one.
 */
export function comparePatterns(a: PathPattern, b: PathPattern): PatternRelation {
  const aInB = isWithin(a, b);
  const bInA = isWithin(b, a);
  if (aInB && bInA) return 'equal';
  if (aInB) return 'narrower';
  if (bInA) return 'wider';
  return overlaps(a, b) ? 'crossing' : 'disjoint';
}

function isWithin(inner: PathPattern, outer: PathPattern): boolean {
  if (inner.open && !outer.open) return false;
  if (
    outer.open
      ? inner.segments.length < outer.segments.length
      : inner.segments.length !== outer.segments.length
  )
    return false;
  return outer.segments.every((segment, index) => {
    const own = inner.segments[index];
    return segment === own || (segment === '*' && own !== '');
  });
}

function overlaps(a: PathPattern, b: PathPattern): boolean {
  const [short, long] = a.segments.length <= b.segments.length ? [a, b] : [b, a];
  if (short.segments.length < long.segments.length && !short.open) return false;
  return short.segments.every((segment, index) => {
    const other = long.segments[index];
    return segment === other || (segment === '*' && other !== '') || (other === '*' && segment !== '');
  });
}

/** Two patterns of one list between which no path could decide. */
export interface PatternTie {
  readonly first: number;
  readonly second: number;
  readonly relation: 'equal' | 'crossing';
}

/** Pairs of which neither is more specific. A policy that has one is refused: a reader could not tell which route wins. */
export function findPatternTies(patterns: readonly PathPattern[]): PatternTie[] {
  const ties: PatternTie[] = [];
  for (const [second, b] of patterns.entries()) {
    for (const [first, a] of patterns.slice(0, second).entries()) {
      const relation = comparePatterns(a, b);
      if (relation === 'equal' || relation === 'crossing') ties.push({ first, second, relation });
    }
  }
  return ties;
}

/**
 * Finds the most specific of the rows whose pattern matches, whatever their order in the policy. Without ties the rows that match one
 * path lie within each other like Russian dolls; sorted narrow before wide, the first match is the innermost.
 */
export function createPathMatcher<Row>(
  rows: readonly Row[],
  patternOf: (row: Row) => PathPattern,
): (path: string) => Row | undefined {
  const sorted = [...rows].sort((a, b) => compareSpecificity(patternOf(a), patternOf(b)));
  return (path) => sorted.find((row) => patternOf(row).matches(path));
}

/** Segment by segment a literal stands before `*` before `**`: an order in which a narrower pattern always comes first. */
function compareSpecificity(a: PathPattern, b: PathPattern): number {
  const length = Math.max(a.segments.length, b.segments.length) + 1;
  for (let index = 0; index < length; index++) {
    const difference = segmentRank(a, index) - segmentRank(b, index);
    if (difference !== 0) return difference;
  }
  return 0;
}

function segmentRank({ segments, open }: PathPattern, index: number): number {
  const segment = segments[index];
  if (segment === undefined) return open ? 2 : 0;
  return segment === '*' ? 1 : 0;
}

/** What a role may do: a verb and the paths it may be done to. */
export interface Permission {
  readonly verb: PermissionVerb;
  /** A path pattern. */
  readonly resource: string;
}

export const permissionVerbs = ['call'] as const;
export type PermissionVerb = (typeof permissionVerbs)[number];

/** Whether any of the permissions covers the verb on the path. No permission, no access. */
export function compilePermissions(
  permissions: readonly Permission[],
): (verb: PermissionVerb, path: string) => boolean {
  const rows = permissions.map(({ verb, resource }) => ({ verb, pattern: compilePathPattern(resource) }));
  return (verb, path) => rows.some((row) => row.verb === verb && row.pattern.matches(path));
}

/** `gpt-5-mini` matches itself, `gpt-5*` every model whose name begins so, `*` every model. */
export function matchesModel(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern;
}

/** The most specific of the patterns that match: the exact name, else the longest beginning. */
export function findModelPattern(patterns: Iterable<string>, model: string): string | undefined {
  let best: string | undefined;
  for (const pattern of patterns) {
    if (!matchesModel(pattern, model)) continue;
    if (pattern === model && !pattern.endsWith('*')) return pattern;
    if (best === undefined || pattern.length > best.length) best = pattern;
  }
  return best;
}
