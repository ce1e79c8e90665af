import type { Clock, Log } from '../../kernel/index.ts';
import type { Entry } from '../../record/index.ts';
import type { Outbox, Store } from '../../store/index.ts';
import { createKeyAdministration } from './administration.ts';
import type { KeyPolicy } from './administration-options.ts';
import type { Identification, Identity, KeyAdministration } from './identity.ts';
import { hashKey, isWellFormedKey } from './key-format.ts';
import { createKeyEntries } from './key-entries.ts';
import { createLastUse } from './last-use.ts';
import { createSnapshot, type KeySnapshot, withRevoked, withRows } from './snapshot.ts';
import { type KeyRow, readKeys } from './store.ts';

export interface IdentityOptions {
  readonly store: Store;
  readonly outbox: Outbox<Entry>;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked anew each time: a policy can be loaded between two calls. */
  readonly policy: () => KeyPolicy;
  /** UUIDv7, for entries. */
  readonly newId: () => string;
}

export interface OpenIdentity {
  readonly identity: Identity;
  readonly administration: KeyAdministration;
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
    onRevoked(listener: (principalId: string) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Reads all keys into memory; from then on nothing on the hot path waits. */
export async function openIdentity(options: IdentityOptions): Promise<OpenIdentity> {
  const { store, clock, log, policy, newId } = options;
  const lastUse = createLastUse(store, log);
  const live = createLiveKeys(await readKeys(store), log);

  function identify(credential: string, address: string): Identification {
    if (!isWellFormedKey(credential)) return { ok: false, code: 'credential.malformed' };
    const key = live.current().byHash.get(hashKey(credential));
    if (!key) return { ok: false, code: 'credential.unknown' };
    const { id, expiresAt } = key.principal;
    if (key.revoked) return { ok: false, code: 'credential.revoked', callerId: id };
    const now = clock.now();
    if (now >= expiresAt) return { ok: false, code: 'credential.expired', callerId: id };
    if (key.allowsAddress && !key.allowsAddress(address)) {
      return { ok: false, code: 'credential.address', callerId: id };
    }
    lastUse.note(id, now);
    return { ok: true, principal: key.principal };
  }

  const identity: Identity = {
    identify,
    isActive(principal) {
      const { id, team } = principal;
      const role = principal.roles[0];
      const key = live.current().byId.get(id);
      const { roles, teams } = policy();
      if (!key || key.revoked || role === undefined || !roles.has(role)) return false;
      // Moved to another role since: what it is allowed now is asked by its next call.
      if (key.principal.roles[0] !== role) return false;
      if (team !== undefined && !teams.has(team)) return false;
      return clock.now() < key.principal.expiresAt;
    },
    onRevoked: live.onRevoked,
    flush: lastUse.flush,
  };
  const entries = createKeyEntries({ clock, newId });
  const administration = createKeyAdministration({ ...options, entries, live, lastUse });
  return { identity, administration, close: lastUse.close };
}
