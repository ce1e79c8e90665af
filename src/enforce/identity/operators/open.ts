import type { Clock, Log } from '../../../kernel/index.ts';
import type { Entry } from '../../../record/index.ts';
import type { Outbox, Store } from '../../../store/index.ts';
import { createOperatorAdministration, type OperatorAdministration } from './administration.ts';
import { createOperatorEntries } from './entries.ts';
import type { RevocationProbe } from '../canary.ts';
import { createSessionProbe } from './canary.ts';
import { createLiveOperators } from './live.ts';
import type { OperatorParts, OperatorPolicy } from './parts.ts';
import { createProvidedSignIn, type ProvidedIdentity } from './provided.ts';
import { compileOperatorRoles } from './roles.ts';
import type { OperatorsSection } from './section.ts';
import { createOperatorRequests, type OperatorRequests } from './requests.ts';
import { type BegunSession, createOperatorSessions, type OperatorSessions } from './sessions.ts';
import { readOpenSessions, readOperatorKeys, readOperators, readTies, setSeen } from './store.ts';
import type { Acting } from './ties.ts';

/** Everything about operators: who they are, who is signed in, what waits for a second person. */
export interface Operators extends OperatorAdministration {
  readonly sessions: OperatorSessions;
  readonly requests: OperatorRequests;
  signInProvided(identity: ProvidedIdentity): Promise<BegunSession>;
  policy(): OperatorPolicy;
  /** Whether anyone but this operator could approve something now. */
  hasApprover(beside: string): boolean;
  /** Whether two operators can be taken for two people; see `OperatorTies`. */
  areIndependent(one: Acting, other: Acting): boolean;
  /** How long ending a session takes, measured by doing it. */
  readonly revocationProbe: RevocationProbe;
  /** Writes when sessions were last used, and stops. */
  close(): Promise<void>;
}

export interface OperatorsOptions {
  readonly store: Store;
  readonly outbox: Outbox<Entry>;
  readonly clock: Clock;
  readonly log: Log;
  /** Of the policy in force. */
  readonly section: () => OperatorsSection;
  readonly newId: () => string;
  /** The keyed pseudonym of a person. */
  readonly person: (name: string) => string;
}

const seenEveryMs = 30_000;
const sweepEveryMs = 60_000;

/** The roles, compiled once for each policy. */
function createPolicy(section: () => OperatorsSection): () => OperatorPolicy {
  const compile = (now: OperatorsSection): OperatorPolicy => ({
    section: now,
    roles: compileOperatorRoles(now.roles),
  });
  let held = compile(section());
  return () => {
    const now = section();
    if (held.section !== now) held = compile(now);
    return held;
  };
}

export async function openOperators(options: OperatorsOptions): Promise<Operators> {
  const { store, clock, log } = options;
  const policy = createPolicy(options.section);
  const now = clock.now();
  const live = createLiveOperators({
    operators: await readOperators(store),
    keys: await readOperatorKeys(store),
    sessions: await readOpenSessions(store, now),
    ties: await readTies(store),
  });
  const parts: OperatorParts = { ...options, policy, live, entry: createOperatorEntries(options) };
  const administration = createOperatorAdministration(parts);
  const sessions = createOperatorSessions(parts);
  const requests = createOperatorRequests(parts);
  await requests.sweep(true);

  async function writeSeen(): Promise<void> {
    const times = sessions.takeSeen();
    if (times.size > 0) await setSeen(store, times);
  }
  const timers = [
    setInterval(
      () => void writeSeen().catch(() => log.warn('use of sessions could not be written')),
      seenEveryMs,
    ),
    setInterval(
      () => void requests.sweep().catch(() => log.warn('late requests could not be ended')),
      sweepEveryMs,
    ),
  ];
  for (const timer of timers) timer.unref();

  return {
    ...administration,
    sessions,
    requests,
    policy,
    revocationProbe: createSessionProbe({ store, clock, live }),
    signInProvided: createProvidedSignIn({ parts, sessions, pseudonym: options.person }),
    hasApprover(beside) {
      const { roles, section } = policy();
      return administration.list().some(({ id, state, roles: held, keys, signsInBy }) => {
        if (id === beside || state !== 'active' || !roles.decide(held, 'approve requests').permitted)
          return false;
        return signsInBy === 'oidc' ? section.oidc !== undefined : keys.some((key) => key.state === 'active');
      });
    },
    areIndependent: (one, other) => live.ties.areIndependent(one, other),
    async close() {
      for (const timer of timers) clearInterval(timer);
      await writeSeen();
    },
  };
}
