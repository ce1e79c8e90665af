import { type FailureRate, isRolling, type Rate, rollingWindowMs } from '../../kernel/index.ts';
import type { KeyPolicy } from './administration-options.ts';
import { compileRoles } from './roles.ts';
import type { IdentitySection } from './policy-section.ts';
import { compileTeams } from './teams.ts';

/** A policy's section as identity decides by it; made once for a policy. */
export function compileIdentity({ keys, roles, teams, tokens, failures }: IdentitySection): KeyPolicy {
  return {
    longestKeyMs: keys.longest,
    roles: compileRoles(roles),
    teams: compileTeams(teams),
    tokens,
    failures: { address: failureRate(failures.address), key: failureRate(failures.key) },
  };
}

/** The section takes rolling rates only. */
function failureRate({ amount, per }: Rate): FailureRate {
  return { amount, perMs: isRolling(per) ? rollingWindowMs[per] : rollingWindowMs.h };
}
