import type { Clock, Log } from '../../kernel/index.ts';
import type { Entry } from '../../record/index.ts';
import type { Outbox, Store } from '../../store/index.ts';
import { createKeyAdministration } from './administration.ts';
import { createRevocationProbes, type RevocationProbe } from './canary.ts';
import type { KeyPolicy } from './administration-options.ts';
import { createAttempts } from './attempts.ts';
import { createIdentify } from './identify.ts';
import type {
  Identity,
  KeyAdministration,
  TokenAdministration,
  WithdrawalAdministration,
} from './identity.ts';
import { createKeyEntries } from './key-entries.ts';
import { createLastUse } from './last-use.ts';
import {
  createSnapshot,
  type KeySnapshot,
  refusalOfKey,
  withRevoked,
  without,
  withRows,
} from './snapshot.ts';
import { type KeyRow, readKeys, readRevocations, readWithdrawals } from './store.ts';
import { createIssuers } from './tokens/issuers.ts';
import type { KeyState } from './tokens/key-source.ts';
import { createTokenAdministration } from './tokens/revoke-tokens.ts';
import { createRevokedTokens } from './tokens/revoked-tokens.ts';
import { createTokens, type TokenPolicy } from './tokens/tokens.ts';
import { createWithdrawalAdministration } from './withdrawals/administration.ts';
import { createWithdrawn } from './withdrawals/withdrawn.ts';

export interface IdentityOptions {
  readonly store: Store;
  readonly outbox: Outbox<Entry>;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked anew each time: a policy can be loaded between two calls. The same object until then. */
  readonly policy: () => KeyPolicy;
  /** UUIDv7, for entries. */
  readonly newId: () => string;
  /** The keyed pseudonym of a person, for entries. */
  person(name: string): string;
  /** The folder of the policy: what relative files of keys start from. */
  readonly baseFolder: string;
}

export interface OpenIdentity {
  readonly identity: Identity;
  readonly administration: KeyAdministration;
  readonly tokens: TokenAdministration;
  readonly withdrawals: WithdrawalAdministration;
  /** Readies the issuers of a policy; throws Fault `policy.invalid`, and changes nothing, where one cannot be put in force. */
  prepare(policy: TokenPolicy): { swap(): void; discard(): void };
  /** The keys of the issuers of the policy in force. */
  issuerKeys(): readonly KeyState[];
  /** How long revoking takes, measured by doing it. */
  readonly revocationProbes: Readonly<Record<'key' | 'token' | 'role' | 'team', RevocationProbe>>;
  /** Writes last-use times and stops. */
  close(): Promise<void>;
}

/** The keys in memory, swapped as a whole at each change. */
function createLiveKeys(rows: readonly KeyRow[], log: Log) {
  const listeners = new Set<(principalId: string) => void>();
  /** Whatever is put later, read before the revocation and arriving after it: these stay revoked. */
  const revoked = new Set<string>();
  let keys = createSnapshot(rows);

  function tell(id: string): void {
    for (const listener of listeners) {
      try {
        listener(id);
      } catch {
        // One listener's mistake must not keep the others from cutting their streams.
        log.error('a listener to revocations failed', { key: id });
      }
    }
  }

  return {
    current: (): KeySnapshot => keys,
    put(changed: readonly KeyRow[]) {
      keys = withRows(keys, changed, revoked);
    },
    revoke(id: string) {
      revoked.add(id);
      keys = withRevoked(keys, id);
      tell(id);
    },
    forget(id: string) {
      revoked.delete(id);
      keys = without(keys, id);
    },
    onRevoked(listener: (principalId: string) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Reads all keys and revocations into memory; from then on nothing on the hot path waits, but for a token seen for the first time. */
export async function openIdentity(options: IdentityOptions): Promise<OpenIdentity> {
  const { store, clock, log, policy, newId, person } = options;
  const lastUse = createLastUse(store, log);
  const live = createLiveKeys(await readKeys(store), log);
  const revoked = createRevokedTokens(await readRevocations(store));
  const withdrawn = createWithdrawn(await readWithdrawals(store));
  const issuers = createIssuers(options);
  issuers.prepare(policy().tokens).swap();
  const tokens = createTokens({ issuers, revoked, withdrawn, clock, policy: policy(), person });
  const attempts = createAttempts({ clock, rates: () => policy().failures });

  const identity: Identity = {
    identify: createIdentify({ keys: live.current, tokens, withdrawn, attempts, lastUse, clock }),
    claimsOf: (principal) => (principal.kind === 'token' ? tokens.claimsOf(principal) : undefined),
    isActive(principal) {
      if (principal.kind === 'token') return tokens.isActive(principal);
      const { id, team } = principal;
      const role = principal.roles[0];
      const key = live.current().byId.get(id);
      const { roles, teams } = policy();
      if (!key || role === undefined || !roles.has(role)) return false;
      // Moved to another role since: what it is allowed now is asked by its next call.
      if (key.principal.roles[0] !== role) return false;
      if (team !== undefined && !teams.has(team)) return false;
      return refusalOfKey(key, { withdrawn, now: clock.now() }) === undefined;
    },
    limitsIdOf: (id) => live.current().byId.get(id)?.principal.limitsId ?? id,
    onRevoked: live.onRevoked,
    flush: lastUse.flush,
  };
  const entries = createKeyEntries({ clock, newId });
  const administration = createKeyAdministration({ ...options, entries, live, lastUse });
  const names = () => policy().tokens.map(({ issuer }) => issuer);
  return {
    identity,
    administration,
    tokens: createTokenAdministration({ ...options, revoked, issuers: names }),
    withdrawals: createWithdrawalAdministration({ ...options, withdrawn }),
    issuerKeys: issuers.states,
    prepare: tokens.prepare,
    revocationProbes: createRevocationProbes({ store, clock, keys: live, revoked, withdrawn }),
    async close() {
      await issuers.close();
      await lastUse.close();
    },
  };
}
