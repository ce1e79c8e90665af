import type { z } from 'zod';
import type { TextIssueParams } from './fields.ts';
import type { ProblemDraft } from './problem.ts';
import { alternatives, knownKeys, schemasAt } from './schema-walk.ts';
import type { PolicyPath } from './section.ts';

type Issue = z.core.$ZodIssue;

/** A problem, and whether its place is the key (a wrong name) or the value (everything else). */
export interface PlacedDraft extends ProblemDraft {
  readonly part: 'key' | 'value';
}

export interface IssueContext {
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
  readonly path: PolicyPath;
  /** Keys the design names and this version does not have, as dotted paths without indexes. */
  readonly planned: readonly string[];
}

/** What Zod found, in the words of this house. */
export function describeIssues(issues: readonly Issue[], context: IssueContext): PlacedDraft[] {
  return issues.flatMap((issue) => {
    const steps = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
    const schemas = schemasAt(context.schema, steps);
    const value = steps.reduce(stepInto, context.value);
    return describeIssue(issue, { ...context, path: [...context.path, ...steps], value }, schemas);
  });
}

function describeIssue(
  issue: Issue,
  context: IssueContext,
  schemas: readonly z.core.$ZodType[],
): PlacedDraft[] {
  const { path, value } = context;
  const one = (message: string, extra: Omit<ProblemDraft, 'path' | 'message'> = {}): PlacedDraft[] => [
    { path, message, part: 'value', ...extra },
  ];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, context, knownKeys(schemas)));
    case 'invalid_union':
      return describeUnion(issue, context, schemas);
    case 'invalid_key':
      return [
        { path, message: issue.issues[0]?.message ?? 'not a valid key', part: 'key', found: lastText(path) },
      ];
    case 'invalid_type':
      return value === undefined
        ? missing(path)
        : one(`expected ${nounOf(issue.expected)}; found ${describe(value)}`);
    case 'invalid_value':
      if (value === undefined) return missing(path);
      if (!issue.values.some((allowed) => typeof allowed === typeof value)) {
        const wanted = issue.values.map((allowed) => JSON.stringify(allowed)).join(' or ');
        return one(`expected ${wanted}; found ${describe(value)}`);
      }
      return one('not one of the allowed values', {
        found: scalarText(value),
        allowed: issue.values.map(String),
      });
    case 'too_small':
      return one(`too small: at least ${issue.minimum}${measureOf(issue.origin)}`, {
        found: scalarText(value),
      });
    case 'too_big':
      return one(`too large: at most ${issue.maximum}${measureOf(issue.origin)}`, {
        found: scalarText(value),
      });
    case 'custom': {
      const { found }: TextIssueParams = issue.params ?? {};
      return one(issue.message, { found });
    }
    case 'invalid_format':
      return one(issue.message, { found: scalarText(value) });
    case 'not_multiple_of':
    case 'invalid_element':
      return one(issue.message);
    default:
      return issue satisfies never;
  }
}

function unknownKey(key: string, context: IssueContext, known: readonly string[]): PlacedDraft {
  const path = [...context.path, key];
  if (context.planned.some((planned) => isSamePath(planned, path)))
    return { path, message: `"${key}" is not built yet`, part: 'key' };
  return { path, message: `unknown key "${key}"`, allowed: known, mistaken: key, part: 'key' };
}

function isSamePath(dotted: string, path: PolicyPath): boolean {
  return path.filter((step) => typeof step === 'string').join('.') === dotted;
}

function missing(path: PolicyPath): PlacedDraft[] {
  return [{ path, message: `"${path.at(-1) ?? ''}" is missing`, part: 'key' }];
}

/**
 * Of a union the alternative that comes nearest speaks: one whose outer form fits (a list for a list), and of those the one with
 * the fewest faults. Where none fits, the forms that would are named.
 */
function describeUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  context: IssueContext,
  schemas: readonly z.core.$ZodType[],
): PlacedDraft[] {
  const { path, value } = context;
  if (value === undefined) return missing(path);
  const options = schemas.flatMap(alternatives);
  const branches = issue.errors.map((errors, index) => ({ errors, schema: options[index] }));
  const fitting = branches.filter(({ errors }) => !errors.some(isOuterMismatch));
  const nearestBranch = fitting.sort((a, b) => countIssues(a.errors) - countIssues(b.errors))[0];
  if (nearestBranch?.schema) {
    return describeIssues(nearestBranch.errors, { ...context, schema: nearestBranch.schema });
  }
  const outer = branches.flatMap(({ errors }) => errors.filter(isOuterMismatch));
  const forms = new Set(
    outer.flatMap((error) => (error.code === 'invalid_type' ? [nounOf(error.expected)] : [])),
  );
  const allowed = outer.flatMap((error) => (error.code === 'invalid_value' ? error.values.map(String) : []));
  const message =
    forms.size > 0 ? `expected ${[...forms].join(' or ')}; found ${describe(value)}` : 'not allowed here';
  return [{ path, message, part: 'value', allowed: allowed.length > 0 ? allowed : undefined }];
}

const isOuterMismatch = (issue: Issue): boolean =>
  issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');

const countIssues = (issues: readonly Issue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);

const nouns: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys and values',
  record: 'keys and values',
};

const nounOf = (expected: string): string => nouns[expected] ?? expected;

const measures: Readonly<Record<string, string>> = { string: ' characters', array: ' items' };
const measureOf = (origin: string): string => measures[origin] ?? '';

/** What stands there, by kind only: a text in the wrong place may be a secret. */
function describe(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'keys and values';
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? String(value) : 'a number';
}

const scalarText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;

const lastText = (path: PolicyPath): string => String(path.at(-1) ?? '');

function stepInto(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return Reflect.get(value, step);
}
