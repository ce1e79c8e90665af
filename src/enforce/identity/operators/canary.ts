import { hash, randomBytes } from 'node:crypto';
import { type Clock, Fault, randomId } from '../../../kernel/index.ts';
import type { Store } from '../../../store/index.ts';
import type { RevocationProbe } from '../canary.ts';
import type { LiveOperators } from './live.ts';
import { endSessions, type SessionRow } from './store.ts';

const lifetimeMs = 60_000;

/** A session of an operator that is nobody, ended the way `revoke` does it. What it opens is nothing, since its operator is not known. */
export function createSessionProbe(options: {
  store: Store;
  clock: Clock;
  live: LiveOperators;
}): RevocationProbe {
  const { store, clock, live } = options;
  return async () => {
    const now = clock.now();
    const session: SessionRow = {
      id: randomId('ops'),
      operator: 'canary',
      hash: hash('sha256', randomBytes(32), 'base64url'),
      key: null,
      started_at: now,
      seen_at: now,
      expires_at: now + lifetimeMs,
      ended_at: null,
    };
    live.putSession(session);
    try {
      if (!live.sessionByHash(session.hash))
        throw new Fault('internal', { detail: 'The canary session was not open.' });
      const begun = clock.elapsed();
      await store.db.transaction().execute((change) => endSessions(change, [session.id], clock.now()));
      live.dropSession(session.id);
      if (live.sessionByHash(session.hash))
        throw new Fault('internal', { detail: 'The ended canary session stands.' });
      return clock.elapsed() - begun;
    } finally {
      live.dropSession(session.id);
    }
  };
}
