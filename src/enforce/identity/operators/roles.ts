import { grants as isGrantedBy, type OperatorPermission, operatorPermissionNames } from './permissions.ts';

/** The roles every Surety has. The policy may add others, and cannot change these. */
export const builtInRoles: Readonly<Record<string, readonly string[]>> = {
  owner: ['* *'],
  security: [
    'read *',
    'create keys',
    'rotate keys',
    'revoke *',
    'withdraw access',
    'export ledger',
    'replay policy',
    '* reviews',
    '* cases',
    'export subjects',
    'reveal pseudonyms',
    'sweep retention',
    'place holds',
    'create operators',
    'change operators',
    'approve requests',
    'break glass',
  ],
  operator: [
    'read keys',
    'create keys',
    'rotate keys',
    'revoke keys',
    '* tokens',
    'read ledger',
    'read usage',
    'read policy',
    'replay policy',
    'read reviews',
    'read access',
    'withdraw access',
    'read requests',
    '* system',
  ],
  auditor: ['read *', 'export ledger', 'replay policy'],
  developer: ['read usage', 'read policy', 'read system'],
};

/** Whether roles permit something, and which grant of which role decides. */
export type Decision =
  | { readonly permitted: true; readonly role: string; readonly grant: string }
  | { readonly permitted: false };

/** The roles of operators under one policy, compiled. A role that is not among them may do nothing. */
export interface OperatorRoles {
  readonly names: readonly string[];
  has(role: string): boolean;
  isBuiltIn(role: string): boolean;
  /** The first grant that covers the permission. Deny by default. */
  decide(roles: readonly string[], permission: OperatorPermission): Decision;
  /** Everything the roles permit together. */
  permissionsOf(roles: readonly string[]): readonly OperatorPermission[];
}

export function compileOperatorRoles(
  added: Readonly<Record<string, { readonly may: readonly string[] }>>,
): OperatorRoles {
  const grants = new Map<string, readonly string[]>(
    Object.entries(added).map(([name, { may }]) => [name, may]),
  );
  for (const [name, may] of Object.entries(builtInRoles)) grants.set(name, may);
  function decide(roles: readonly string[], permission: OperatorPermission): Decision {
    for (const role of roles) {
      const grant = grants.get(role)?.find((given) => isGrantedBy(given, permission));
      if (grant !== undefined) return { permitted: true, role, grant };
    }
    return { permitted: false };
  }
  return {
    names: [...grants.keys()],
    has: (role) => grants.has(role),
    isBuiltIn: (role) => Object.hasOwn(builtInRoles, role),
    decide,
    permissionsOf: (roles) =>
      operatorPermissionNames.filter((permission) => decide(roles, permission).permitted),
  };
}
