import type { IdentitySection, TeamSection } from './policy-section.ts';

/** The teams of one policy. A principal of a team that is not among them may do nothing: its limits would be gone. */
export interface Teams {
  readonly names: readonly string[];
  has(team: string): boolean;
  /** For all keys and tokens of the team together. */
  limitsOf(team: string): TeamSection['limits'];
}

export function compileTeams(sections: IdentitySection['teams']): Teams {
  const teams = new Map(Object.entries(sections));
  return {
    names: [...teams.keys()],
    has: (team) => teams.has(team),
    limitsOf: (team) => teams.get(team)?.limits,
  };
}
