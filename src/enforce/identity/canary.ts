import { randomBytes } from 'node:crypto';
import { type Clock, Fault, randomId, type Secret } from '../../kernel/index.ts';
import type { Store } from '../../store/index.ts';
import { createKey, hashKey, hintOf } from './key-format.ts';
import { type KeySnapshot, refusalOfKey } from './snapshot.ts';
import {
  deleteKey,
  deleteRevocation,
  deleteWithdrawal,
  insertKey,
  insertRevocation,
  insertWithdrawal,
  type KeyRow,
  type RevocationRow,
  setRevoked,
  type WithdrawalRow,
} from './store.ts';
import type { RevokedTokens } from './tokens/revoked-tokens.ts';
import type { Withdrawn } from './withdrawals/withdrawn.ts';

/**
 * Gives something to a principal that nobody is, revokes it the way an operator does, and resolves to the milliseconds from the asking until it was
 * refused. Throws where it was not refused at all, or was not let in before, so that the measuring itself cannot pass for nothing.
 */
export type RevocationProbe = () => Promise<number>;

interface CanaryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly keys: {
    current(): KeySnapshot;
    put(rows: readonly KeyRow[]): void;
    revoke(id: string): void;
    /** As if it had never been. */
    forget(id: string): void;
    onRevoked(listener: (principalId: string) => void): () => void;
  };
  readonly revoked: RevokedTokens;
  readonly withdrawn: Withdrawn;
}

const lifetimeMs = 60_000;
/** A role and a team that no policy can have, since names hold no space: a canary that got out would open nothing. */
const nobody = 'nobody at all';

export function createRevocationProbes({ store, clock, keys, revoked, withdrawn }: CanaryOptions) {
  /** By the look-up and the judgement that each call with a key goes through. */
  const admits = (hash: string): boolean => {
    const key = keys.current().byHash.get(hash);
    return key !== undefined && refusalOfKey(key, { withdrawn, now: clock.now() }) === undefined;
  };

  /** Store, then memory, as `revoke` does; row and revocation in one transaction that leaves nothing behind. */
  async function probeKey(): Promise<number> {
    const row = canaryKey(createKey(), clock.now());
    let told = false;
    keys.put([row]);
    const stopListening = keys.onRevoked((id) => {
      told ||= id === row.id;
    });
    try {
      if (!admits(row.hash)) throw new Fault('internal', { detail: 'The canary key was not in force.' });
      const begun = clock.elapsed();
      await store.db.transaction().execute(async (transaction) => {
        await insertKey(transaction, row);
        await setRevoked(transaction, row.id, clock.now());
        await deleteKey(transaction, row.id);
      });
      keys.revoke(row.id);
      if (admits(row.hash) || !told)
        throw new Fault('internal', { detail: 'The revoked canary key stands.' });
      return clock.elapsed() - begun;
    } finally {
      stopListening();
      keys.forget(row.id);
    }
  }

  async function probeToken(): Promise<number> {
    const row = canaryRevocation(clock.now());
    const token = {
      issuer: row.issuer,
      principalId: nobody,
      tokenId: row.token_id ?? '',
      issuedAt: clock.now(),
      skewMs: 0,
    };
    if (revoked.covers(token)) throw new Fault('internal', { detail: 'The canary token was not in force.' });
    const begun = clock.elapsed();
    try {
      await store.db.transaction().execute(async (transaction) => {
        await insertRevocation(transaction, row);
        await deleteRevocation(transaction, row.id);
      });
      revoked.put(row);
      if (!revoked.covers(token)) throw new Fault('internal', { detail: 'The revoked canary token stands.' });
      return clock.elapsed() - begun;
    } finally {
      revoked.remove(row.id);
    }
  }

  /** Withdraws the role, or the team, of a key of nobody; row and its removal in one transaction that leaves nothing behind. */
  async function probeWithdrawal(kind: WithdrawalRow['kind']): Promise<number> {
    const key = canaryKey(createKey(), clock.now());
    const row: WithdrawalRow = { id: randomId('wdr'), kind, name: nobody, created_at: clock.now() };
    keys.put([key]);
    try {
      if (!admits(key.hash))
        throw new Fault('internal', { detail: 'The canary role or team was not in force.' });
      const begun = clock.elapsed();
      await store.db.transaction().execute(async (transaction) => {
        await insertWithdrawal(transaction, row);
        await deleteWithdrawal(transaction, row.id);
      });
      withdrawn.put(row);
      if (admits(key.hash))
        throw new Fault('internal', { detail: 'The withdrawn canary role or team stands.' });
      return clock.elapsed() - begun;
    } finally {
      withdrawn.remove(row);
      keys.forget(key.id);
    }
  }

  return {
    key: probeKey,
    token: probeToken,
    role: () => probeWithdrawal('role'),
    team: () => probeWithdrawal('team'),
  };
}

function canaryKey(secret: Secret, now: number): KeyRow {
  return {
    id: randomId('key'),
    hash: hashKey(secret.reveal()),
    hint: hintOf(secret),
    name: 'canary',
    owner: null,
    role: nobody,
    team: nobody,
    addresses: null,
    created_at: now,
    expires_at: now + lifetimeMs,
    revoked_at: null,
    last_used_at: null,
    replaces: null,
  };
}

function canaryRevocation(now: number): RevocationRow {
  return {
    id: randomId('trv'),
    issuer: 'urn:surety:canary',
    token_id: randomBytes(16).toString('hex'),
    subject: null,
    issued_before: null,
    created_at: now,
  };
}
