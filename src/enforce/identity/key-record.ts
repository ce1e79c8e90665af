import { Fault } from '../../kernel/index.ts';
import type { KeyRecord } from './identity.ts';
import { readAddresses } from './snapshot.ts';
import type { KeyRow } from './store.ts';

function stateOf(row: KeyRow, now: number): KeyRecord['state'] {
  if (row.revoked_at !== null) return 'revoked';
  return now >= row.expires_at ? 'expired' : 'active';
}

export function toRecord(row: KeyRow, now: number): KeyRecord {
  const addresses = readAddresses(row);
  return {
    id: row.id,
    hint: row.hint,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    state: stateOf(row, now),
    ...(row.team !== null && { team: row.team }),
    ...(row.owner !== null && { owner: row.owner }),
    ...(addresses && { addresses }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.replaces !== null && { replaces: row.replaces }),
  };
}

export function requirePresent(row: KeyRow | undefined): KeyRow {
  if (!row) throw new Fault('api.not-found', { detail: 'There is no API key of this id.' });
  return row;
}

export function requireActive(row: KeyRow, now: number): void {
  const state = stateOf(row, now);
  if (state !== 'active')
    throw new Fault('api.conflict', { detail: `The key is ${state}: create a new one.` });
}
