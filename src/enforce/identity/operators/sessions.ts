import { hash, randomBytes } from 'node:crypto';
import { Fault, randomId, Secret } from '../../../kernel/index.ts';
import { hashKey, isWellFormedKey } from '../key-format.ts';
import { type Operator, socketOperator } from './operator.ts';
import { give, type OperatorParts, take } from './parts.ts';
import { keyState } from './record.ts';
import { rolesOf } from './role-claims.ts';
import {
  endSessions,
  insertSession,
  type OperatorKeyRow,
  type OperatorRow,
  type SessionRow,
} from './store.ts';

const tokenBytes = 32;
/** The oldest ends when another begins. */
const mostSessions = 10;

export interface SessionRecord {
  readonly id: string;
  readonly operator: string;
  readonly name: string;
  readonly startedAt: number;
  readonly seenAt: number;
  readonly expiresAt: number;
}

export interface BegunSession {
  readonly operator: Operator;
  /** For the cookie; shown to nobody else, and stored only as its hash. */
  readonly token: Secret;
  readonly expiresAt: number;
}

/** Who is asking, and who is signed in. */
export interface OperatorSessions {
  /** By an operator key; undefined for any that does not open, whatever the reason. */
  byKey(key: string): Operator | undefined;
  /** By a session's token; notes that it was used. */
  byToken(token: string): Operator | undefined;
  /** The operator as it is now, for acts that waited; undefined where it may no longer act. */
  current(id: string, issuedBy: string | undefined): Operator | undefined;
  /** Begins a session with a key; undefined where the key does not open. */
  signIn(key: string): Promise<BegunSession | undefined>;
  begin(row: OperatorRow, key: OperatorKeyRow | undefined): Promise<BegunSession>;
  list(): readonly SessionRecord[];
  /** Ends one's own. */
  end(id: string): Promise<void>;
  revoke(id: string, by: Operator): Promise<SessionRecord>;
  revokeAllOf(operator: string, by: Operator): Promise<number>;
  /** What was noted of use, to be written. */
  takeSeen(): ReadonlyMap<string, number>;
}

const hashOf = (token: string): string => hash('sha256', token, 'base64url');

export function createOperatorSessions(parts: OperatorParts): OperatorSessions {
  const { live, clock, policy, entry } = parts;
  let seen = new Map<string, number>();

  function toOperator(
    row: OperatorRow,
    more: Pick<Operator, 'kind'> & Partial<Operator>,
  ): Operator | undefined {
    if (row.disabled_at !== null) return undefined;
    return { id: row.id, name: row.name, roles: rolesOf(row, policy().section), ...more };
  }

  function openKey(key: string): { row: OperatorRow; key: OperatorKeyRow } | undefined {
    if (!isWellFormedKey(key, 'sto_')) return undefined;
    const found = live.keyByHash(hashKey(key));
    const row = found && live.operator(found.operator);
    if (!found || !row || row.disabled_at !== null) return undefined;
    return keyState(found, clock.now()) === 'active' ? { row, key: found } : undefined;
  }

  /** The owner of the data folder makes the first keys, and could be kept from nothing. */
  function issuerOf(keyId: string | null): Partial<Operator> {
    const key = keyId === null ? undefined : live.key(keyId);
    const clean = key === undefined || key.issued_by === key.operator || key.issued_by === socketOperator.id;
    return clean ? {} : { issuedBy: key.issued_by };
  }

  /** Idle and longest by the policy of now, so that shorter ones count at once. */
  function isOpen(session: SessionRow): boolean {
    const now = clock.now();
    const { idle, longest } = policy().section.sessions;
    if (session.ended_at !== null || now >= session.expires_at) return false;
    if (now >= session.started_at + longest || now >= session.seen_at + idle) return false;
    const key = session.key === null ? undefined : live.key(session.key);
    return session.key === null || (key !== undefined && keyState(key, now) === 'active');
  }

  const openSessions = () =>
    live
      .sessions()
      .filter((session) => isOpen(session) && live.operator(session.operator)?.disabled_at === null);

  async function endAll(
    sessions: readonly SessionRow[],
    kind: 'operator.signed-out' | 'operator.session-revoked',
    by: string,
  ) {
    const ids = sessions.map(({ id }) => id);
    const operators = [...new Set(sessions.map(({ operator }) => operator))];
    await take(parts, {
      entry: entry(kind, { actor: by, target: operators[0], detail: { sessions: ids } }),
      write: (change) => endSessions(change, ids, clock.now()),
      apply: () => ids.forEach(live.dropSession),
    });
  }

  async function begin(row: OperatorRow, key: OperatorKeyRow | undefined): Promise<BegunSession> {
    const now = clock.now();
    const token = new Secret(randomBytes(tokenBytes).toString('base64url'));
    const longest = now + policy().section.sessions.longest;
    const session: SessionRow = {
      id: randomId('ops'),
      operator: row.id,
      hash: hashOf(token.reveal()),
      key: key?.id ?? null,
      started_at: now,
      seen_at: now,
      expires_at: key ? Math.min(longest, key.expires_at) : longest,
      ended_at: null,
    };
    const older = live.sessions().filter(({ operator }) => operator === row.id);
    const surplus = older.toSorted((a, b) => b.started_at - a.started_at).slice(mostSessions - 1);
    await give(parts, {
      entry: entry('operator.signed-in', {
        actor: row.id,
        target: row.id,
        detail: {
          session: session.id,
          by: key ? 'key' : 'oidc',
          ended: surplus.length,
          issuedBy: issuerOf(session.key).issuedBy,
        },
      }),
      async write(change) {
        await insertSession(change, session);
        await endSessions(
          change,
          surplus.map(({ id }) => id),
          now,
        );
      },
      undo: (change) => endSessions(change, [session.id], now),
      apply() {
        live.putSession(session);
        for (const { id } of surplus) live.dropSession(id);
      },
    });
    const operator = toOperator(row, { kind: 'session', sessionId: session.id, ...issuerOf(session.key) });
    // Disabled while the sign-in was being recorded.
    if (!operator || live.operator(row.id)?.disabled_at !== null) throw new Fault('operator.sign-in-refused');
    return { operator, token, expiresAt: session.expires_at };
  }

  return {
    byKey(text) {
      const opened = openKey(text);
      return opened && toOperator(opened.row, { kind: 'key', ...issuerOf(opened.key.id) });
    },
    byToken(token) {
      const session = live.sessionByHash(hashOf(token));
      const row = session && live.operator(session.operator);
      if (!session || !row || !isOpen(session)) return undefined;
      const now = clock.now();
      live.putSession({ ...session, seen_at: now });
      seen.set(session.id, now);
      return toOperator(row, { kind: 'session', sessionId: session.id, ...issuerOf(session.key) });
    },
    current(id, issuedBy) {
      const row = live.operator(id);
      return row && toOperator(row, { kind: 'key', ...(issuedBy !== undefined && { issuedBy }) });
    },
    async signIn(text) {
      const opened = openKey(text);
      return opened && begin(opened.row, opened.key);
    },
    begin,
    list: () =>
      openSessions().map((session) => describe(session, live.operator(session.operator)?.name ?? '')),
    async end(id) {
      const session = live.session(id);
      if (session) await endAll([session], 'operator.signed-out', session.operator);
    },
    async revoke(id, by) {
      const session = live.session(id);
      if (!session) throw new Fault('api.not-found', { detail: 'There is no open session of this id.' });
      await endAll([session], 'operator.session-revoked', by.id);
      return describe(session, live.operator(session.operator)?.name ?? '');
    },
    async revokeAllOf(operator, by) {
      if (!live.operator(operator))
        throw new Fault('api.not-found', { detail: 'There is no operator of this id.' });
      const sessions = live.sessions().filter((session) => session.operator === operator);
      if (sessions.length > 0) await endAll(sessions, 'operator.session-revoked', by.id);
      return sessions.length;
    },
    takeSeen() {
      const taken = seen;
      seen = new Map();
      return taken;
    },
  };
}

function describe(session: SessionRow, name: string): SessionRecord {
  return {
    id: session.id,
    operator: session.operator,
    name,
    startedAt: session.started_at,
    seenAt: session.seen_at,
    expiresAt: session.expires_at,
  };
}
