import { type Clock, formatDuration } from '../../kernel/index.ts';
import type { Entry } from '../../record/index.ts';
import { readAddresses } from './snapshot.ts';
import type { KeyRow } from './store.ts';

/** The entries about keys. Names, owners and addresses stay out: they are, or may be, personal data that must be erasable. */
export interface KeyEntries {
  created(row: KeyRow, operator: string): Entry;
  rotated(row: KeyRow, overlapMs: number, operator: string): Entry;
  revoked(row: KeyRow, operator: string): Entry;
  roleChanged(row: KeyRow, roles: { from: string; to: string }, operator: string): Entry;
  /** A key that the ledger could not be told of when it was made. */
  withdrawn(row: KeyRow): Entry;
}

export function createKeyEntries({ clock, newId }: { clock: Clock; newId: () => string }): KeyEntries {
  type About = Pick<Entry, 'actor' | 'target'> & Partial<Pick<Entry, 'detail' | 'reason'>>;
  const entry = (kind: string, about: About): Entry => ({
    id: newId(),
    at: new Date(clock.now()).toISOString(),
    kind,
    outcome: 'succeeded',
    ...about,
  });
  const issueDetail = (row: KeyRow) => ({
    role: row.role,
    team: row.team ?? undefined,
    expiresAt: new Date(row.expires_at).toISOString(),
    addressRanges: readAddresses(row)?.length,
    replaces: row.replaces ?? undefined,
  });

  return {
    created: (row, operator) =>
      entry('key.created', { actor: operator, target: row.id, detail: issueDetail(row) }),
    rotated: (row, overlapMs, operator) => {
      const detail = { ...issueDetail(row), overlap: formatDuration(overlapMs) };
      return entry('key.rotated', { actor: operator, target: row.id, detail });
    },
    revoked: (row, operator) =>
      entry('key.revoked', {
        actor: operator,
        target: row.id,
        detail: { role: row.role, team: row.team ?? undefined },
      }),
    roleChanged: (row, { from, to }, operator) =>
      entry('key.changed', { actor: operator, target: row.id, detail: { role: to, before: from } }),
    withdrawn: (row) =>
      entry('key.revoked', { actor: 'system', target: row.id, reason: 'ledger.unavailable' }),
  };
}
