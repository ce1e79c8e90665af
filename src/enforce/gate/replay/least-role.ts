import {
  comparePatterns,
  compilePathPattern,
  field,
  findModelPattern,
  type PathPattern,
} from '../../../policy/index.ts';
import type { IdentitySection } from '../../identity/index.ts';
import type { RecordedCall } from './recorded-call.ts';

type RoleSection = IdentitySection['roles'][string];

/** What a role may do, as the policy writes it. */
export interface RolePermissions {
  readonly may: readonly string[];
  readonly models: readonly string[];
}

/** More models than anybody means to name: then what the roles say of them stays. */
const mostModels = 200;

/**
 * The least a role must permit so that none of the calls added would have been refused, and never more than the roles they were made by. Paths
 * that are known become themselves; of a set of paths (generic routes, `*`) the narrowest that covers it stays.
 */
export function createLeastRole(held: readonly RoleSection[]): {
  add(call: RecordedCall): void;
  role(): RolePermissions;
} {
  const granted = held.flatMap(({ may }) => may.map(({ resource }) => compilePathPattern(resource)));
  const grantedModels = held.flatMap(({ models }) => models);
  const paths = new Map<string, PathPattern>();
  const models = new Set<string>();
  const matched = new Set<string>();
  return {
    add(call) {
      for (const pattern of pathsOf(call, granted)) paths.set(pattern.text, pattern);
      if (call.model === undefined) return;
      const pattern = findModelPattern(grantedModels, call.model);
      if (pattern === undefined) return;
      matched.add(pattern);
      if (models.size <= mostModels) models.add(isModelName(call.model) ? call.model : pattern);
    },
    role() {
      const all = [...paths.values()];
      const needed = all.filter(
        (pattern) => !all.some((other) => comparePatterns(pattern, other) === 'narrower'),
      );
      const named = models.size > mostModels ? matched : models;
      return {
        may: needed.map(({ text }) => `call ${text}`).sort(),
        models: withoutCovered([...named]).sort(),
      };
    },
  };
}

function pathsOf({ path }: RecordedCall, granted: readonly PathPattern[]): readonly PathPattern[] {
  const wanted = path.set
    ? [path.set]
    : path.spellings.flatMap(
        (spelling) => patternOf(spelling) ?? granted.filter((pattern) => pattern.matches(spelling)),
      );
  return wanted.flatMap((pattern) => {
    if (granted.some((own) => isWithin(pattern, own))) return [pattern];
    // The role permits a part of the set only; which of it was called is not recorded, so that part stays.
    return granted.filter((own) => comparePatterns(own, pattern) !== 'disjoint');
  });
}

/** A path as a pattern of itself; undefined where the policy cannot write it (percent-encoding). */
function patternOf(path: string): PathPattern | undefined {
  try {
    const pattern = compilePathPattern(path);
    return pattern.matches(path) ? pattern : undefined;
  } catch {
    return undefined;
  }
}

function isWithin(inner: PathPattern, outer: PathPattern): boolean {
  return ['equal', 'narrower'].includes(comparePatterns(inner, outer));
}

/** What the policy takes for a model by its whole name: callers may ask for others under a pattern. */
function isModelName(model: string): boolean {
  return !model.endsWith('*') && field.modelPattern().safeParse(model).success;
}

function withoutCovered(models: readonly string[]): string[] {
  return models.filter((model) => {
    const others = models.filter((other) => other !== model);
    return findModelPattern(others, model) === undefined;
  });
}

/** Which permissions and models of the roles no call made use of. */
export function unusedOf(calls: readonly RecordedCall[], held: readonly RoleSection[]): RolePermissions {
  const may = held.flatMap((role) => role.may.map(({ resource }) => compilePathPattern(resource)));
  const isUsed = (pattern: PathPattern): boolean =>
    calls.some(({ path }) =>
      path.set
        ? comparePatterns(path.set, pattern) !== 'disjoint'
        : path.spellings.some((spelling) => pattern.matches(spelling)),
    );
  const models = held.flatMap((role) => role.models);
  const isUsedModel = (pattern: string): boolean =>
    calls.some(({ model }) => model !== undefined && findModelPattern([pattern], model) !== undefined);
  return {
    may: [...new Set(may.filter((pattern) => !isUsed(pattern)).map(({ text }) => `call ${text}`))],
    models: [...new Set(models.filter((pattern) => !isUsedModel(pattern)))],
  };
}
