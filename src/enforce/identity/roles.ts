import { compilePermissions, findModelPattern } from '../../policy/index.ts';
import type { IdentitySection, RoleSection } from './section.ts';

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
}

const noRoleLimits: RoleLimits = { each: undefined, shared: undefined };

export function compileRoles(sections: IdentitySection['roles']): Roles {
  const roles = new Map(
    Object.entries(sections).map(([name, section]) => [
      name,
      {
        permits: compilePermissions(section.may),
        models: section.models,
        limits: { each: section.limits, shared: section.shared },
      },
    ]),
  );
  return {
    names: [...roles.keys()],
    has: (role) => roles.has(role),
    mayCall: (role, path) => roles.get(role)?.permits('call', path) ?? false,
    mayUseModel: (role, model) => findModelPattern(roles.get(role)?.models ?? [], model) !== undefined,
    limitsOf: (role) => roles.get(role)?.limits ?? noRoleLimits,
  };
}
