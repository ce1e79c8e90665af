import { comparePatterns, compilePathPattern, matchesModel } from '../../../policy/index.ts';
import type { IdentitySection, RoleSection } from '../policy-section.ts';

/** What of one role another does not permit, as the policy writes it; empty where it permits nothing more. */
export function beyond(
  role: Pick<RoleSection, 'may' | 'models'>,
  held: Pick<RoleSection, 'may' | 'models'>,
): readonly string[] {
  const own = held.may.map(({ resource }) => compilePathPattern(resource));
  const paths = role.may
    .filter(({ resource }) => {
      const pattern = compilePathPattern(resource);
      return !own.some((wider) => ['equal', 'narrower'].includes(comparePatterns(pattern, wider)));
    })
    .map(({ verb, resource }) => `${verb} ${resource}`);
  const models = role.models.filter((model) => !held.models.some((wider) => coversModel(wider, model)));
  return [...paths, ...models.map((model) => `model ${model}`)];
}

/** `gpt-5*` covers `gpt-5-mini` and `gpt-5-*`, and not `gpt-*`. */
function coversModel(wider: string, model: string): boolean {
  if (!model.endsWith('*')) return matchesModel(wider, model);
  return wider.endsWith('*') && model.slice(0, -1).startsWith(wider.slice(0, -1));
}

export function roleOf(identity: IdentitySection, role: string): RoleSection | undefined {
  return Object.hasOwn(identity.roles, role) ? identity.roles[role] : undefined;
}
