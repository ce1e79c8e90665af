import { compilePermissions, findModelPattern, unfrozen } from '../../policy/index.ts';
import type { IdentitySection, RoleSection } from './policy-section.ts';

export interface RoleLimits {
  /** Counted for each key of the role. */
  readonly each: RoleSection['limits'];
  /** Counted for all keys of the role together. */
  readonly shared: RoleSection['shared'];
}

/** The roles of one policy, compiled. A role that is not among them may do nothing. */
export interface Roles {
  readonly names: readonly string[];
  has(role: string): boolean;
  mayCall(role: string, path: string): boolean;
  mayUseModel(role: string, model: string): boolean;
  limitsOf(role: string): RoleLimits;
  /**
   * The first of the given roles, in the policy's order, that may call the path with the model (undefined: the operation has none).
   * So a role that is added to a principal takes no permission away.
   */
  permitting(roles: readonly string[], path: string, model: string | undefined): string | undefined;
}

const noRoleLimits: RoleLimits = { each: undefined, shared: undefined };

export function compileRoles(sections: IdentitySection['roles']): Roles {
  const roles = new Map(
    Object.entries(sections).map(([name, section]) => [
      name,
      {
        permits: compilePermissions(section.may),
        models: unfrozen(section.models),
        limits: { each: section.limits, shared: section.shared },
      },
    ]),
  );
  const names = [...roles.keys()];
  const mayCall = (role: string, path: string): boolean => roles.get(role)?.permits('call', path) ?? false;
  const mayUseModel = (role: string, model: string): boolean =>
    findModelPattern(roles.get(role)?.models ?? [], model) !== undefined;
  const permits = (role: string, path: string, model: string | undefined): boolean =>
    mayCall(role, path) && (model === undefined || mayUseModel(role, model));
  return {
    names,
    has: (role) => roles.has(role),
    mayCall,
    mayUseModel,
    permitting(held, path, model) {
      const [only] = held;
      if (only === undefined) return undefined;
      if (held.length === 1) return permits(only, path, model) ? only : undefined;
      return names.find((role) => held.includes(role) && permits(role, path, model));
    },
    limitsOf: (role) => roles.get(role)?.limits ?? noRoleLimits,
  };
}
