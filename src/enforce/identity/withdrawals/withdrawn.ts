import type { Principal } from '../identity.ts';
import type { WithdrawalRow } from '../store.ts';

/**
 * Roles and teams nobody acts by until they are restored, in memory. Whoever holds other roles besides goes by these; who is in a withdrawn team, or has
 * no role left, is refused.
 */
export interface Withdrawn {
  /** Changes with every change: what was looked at under the same number need not be looked at again. */
  readonly revision: number;
  hasTeam(team: string | undefined): boolean;
  /** The roles that are left. */
  rolesLeft(roles: readonly string[]): readonly string[];
  /** Whether nothing is left to act by. No role at all is not a withdrawn one. */
  covers(principal: Pick<Principal, 'roles' | 'team'>): boolean;
  put(row: WithdrawalRow): void;
  remove(row: Pick<WithdrawalRow, 'kind' | 'name'>): void;
}

export function createWithdrawn(rows: readonly WithdrawalRow[]): Withdrawn {
  const names = { role: new Set<string>(), team: new Set<string>() };
  let revision = 0;
  for (const { kind, name } of rows) names[kind].add(name);
  const hasTeam = (team: string | undefined): boolean => team !== undefined && names.team.has(team);
  const isLeft = (role: string): boolean => !names.role.has(role);

  return {
    get revision() {
      return revision;
    },
    hasTeam,
    rolesLeft: (roles) => (names.role.size === 0 ? roles : roles.filter(isLeft)),
    covers: ({ roles, team }) => hasTeam(team) || (roles.length > 0 && !roles.some(isLeft)),
    put({ kind, name }) {
      names[kind].add(name);
      revision++;
    },
    remove({ kind, name }) {
      names[kind].delete(name);
      revision++;
    },
  };
}
