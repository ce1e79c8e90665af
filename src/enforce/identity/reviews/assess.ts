import type { IdentitySection } from '../policy-section.ts';
import { unusedAtAll } from './gather.ts';
import type { Grant, PrincipalKind, PrincipalSnapshot, PrincipalUse, ReviewFlag } from './review.ts';

/** A principal there is, before what it did is looked at. */
export interface PresentPrincipal {
  readonly id: string;
  readonly kind: PrincipalKind;
  readonly roles: readonly string[];
  readonly team?: string | undefined;
  readonly hasOwner: boolean;
  readonly createdAt?: number | undefined;
  readonly expiresAt?: number | undefined;
  readonly lastUsedAt?: number | undefined;
  /** Of operators, whose roles are not those of callers. */
  readonly granted?: readonly Grant[] | undefined;
}

export interface Assessment {
  readonly identity: IdentitySection;
  readonly now: number;
  readonly every: number;
  readonly dormant: number;
  readonly unused: PrincipalSnapshot['unused'];
}

/** Beyond this a key is likely in more hands than one. */
const sharedNetworks = 8;
const oftenDenied = 20;

export function grantsOf(roles: readonly string[], identity: IdentitySection): readonly Grant[] {
  return roles.map((role) => {
    const section = Object.hasOwn(identity.roles, role) ? identity.roles[role] : undefined;
    const may = section?.may.map(({ verb, resource }) => `${verb} ${resource}`) ?? [];
    return { role, may, models: section?.models ?? [] };
  });
}

export function assess(
  principal: PresentPrincipal,
  use: PrincipalUse = unusedAtAll,
  assessment: Assessment,
): PrincipalSnapshot {
  const { roles, team, createdAt, expiresAt, granted = grantsOf(roles, assessment.identity) } = principal;
  return {
    roles,
    ...(team !== undefined && { team }),
    ...(createdAt !== undefined && { createdAt }),
    ...(expiresAt !== undefined && { expiresAt }),
    granted,
    use,
    unused: assessment.unused,
    flags: flagsOf(principal, { use, granted }, assessment),
  };
}

function flagsOf(
  principal: PresentPrincipal,
  { use, granted }: { use: PrincipalUse; granted: readonly Grant[] },
  { identity, now, every, dormant, unused }: Assessment,
): ReviewFlag[] {
  const { kind, createdAt = now, expiresAt, team } = principal;
  const lastAt = Math.max(use.lastAt === undefined ? 0 : Date.parse(use.lastAt), principal.lastUsedAt ?? 0);
  const isCaller = kind !== 'operator';
  const found: Record<ReviewFlag, boolean> = {
    'never-used': lastAt === 0 && now - createdAt > dormant,
    dormant: lastAt > 0 && now - lastAt > dormant,
    'unused-permissions': isCaller && use.calls > 0 && unused.may.length + unused.models.length > 0,
    wildcard: granted.some(
      ({ may, models }) => may.some((grant) => /^(call \/\*\*|\* \*)$/.test(grant)) || models.includes('*'),
    ),
    'no-owner': kind === 'key' && !principal.hasOwner,
    'long-lived': expiresAt !== undefined && expiresAt - now > every,
    'many-networks': use.networks > sharedNetworks,
    'role-gone': isCaller && granted.some(({ may }) => may.length === 0),
    'team-gone': isCaller && team !== undefined && !Object.hasOwn(identity.teams, team),
    'often-denied':
      use.denied >= oftenDenied &&
      use.lastAt !== undefined &&
      use.lastDeniedAt !== undefined &&
      use.denied * 5 >= use.calls,
  };
  return (Object.keys(found) as ReviewFlag[]).filter((flag) => found[flag]);
}
