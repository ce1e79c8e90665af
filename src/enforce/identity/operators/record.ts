import type { OperatorParts } from './parts.ts';
import { rolesOf } from './role-claims.ts';
import type { OperatorKeyRow, OperatorRow } from './store.ts';

/** What operators see of an operator. */
export interface OperatorRecord {
  readonly id: string;
  readonly name: string;
  /** How it signs in. */
  readonly signsInBy: 'key' | 'oidc';
  readonly roles: readonly string[];
  readonly state: 'active' | 'disabled';
  readonly createdAt: number;
  readonly disabledAt?: number;
  /** The operator who created it, or `owner`. */
  readonly createdBy?: string;
  readonly keys: readonly OperatorKeyRecord[];
}

export interface OperatorKeyRecord {
  readonly id: string;
  readonly hint: string;
  readonly state: 'active' | 'expired' | 'revoked';
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Who saw it when it was made: another operator, `owner`, or the operator itself. */
  readonly issuedBy: string;
}

export function keyState(row: OperatorKeyRow, now: number): OperatorKeyRecord['state'] {
  if (row.revoked_at !== null) return 'revoked';
  return now >= row.expires_at ? 'expired' : 'active';
}

export function describeOperator({ live, policy, clock }: OperatorParts, row: OperatorRow): OperatorRecord {
  const now = clock.now();
  return {
    id: row.id,
    name: row.name,
    signsInBy: row.subject === null ? 'key' : 'oidc',
    roles: rolesOf(row, policy().section),
    state: row.disabled_at === null ? 'active' : 'disabled',
    createdAt: row.created_at,
    ...(row.created_by !== null && { createdBy: row.created_by }),
    ...(row.disabled_at !== null && { disabledAt: row.disabled_at }),
    keys: live.keysOf(row.id).map((key) => ({
      id: key.id,
      hint: key.hint,
      state: keyState(key, now),
      createdAt: key.created_at,
      expiresAt: key.expires_at,
      issuedBy: key.issued_by,
    })),
  };
}
