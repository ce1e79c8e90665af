import { Fault, randomId } from '../../../kernel/index.ts';
import { give, type OperatorParts, take } from './parts.ts';
import { claimsText, rolesOf, rolesOfClaim } from './role-claims.ts';
import type { BegunSession, OperatorSessions } from './sessions.ts';
import { type Change, insertOperator, type OperatorRow, updateOperator } from './store.ts';

const longestName = 100;

/** What an identity provider said of someone, checked. */
export interface ProvidedIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string | undefined;
  /** Values of the claim the policy names. */
  readonly values: readonly string[];
}

/**
 * Signs somebody in whom the identity provider vouched for. Nobody without a role becomes an operator; an operator that was disabled
 * here stays so, whatever the provider says.
 */
export function createProvidedSignIn(options: {
  parts: OperatorParts;
  sessions: OperatorSessions;
  /** The keyed pseudonym of a person: the subject itself is not kept. */
  pseudonym: (person: string) => string;
}): (identity: ProvidedIdentity) => Promise<BegunSession> {
  const { parts, sessions, pseudonym } = options;
  const { live, policy, clock, entry } = parts;

  async function add(row: OperatorRow, roles: readonly string[]): Promise<void> {
    await give(parts, {
      entry: entry('operator.created', { actor: row.id, target: row.id, detail: { by: 'oidc', roles } }),
      write: (change) => insertOperator(change, row),
      undo: (change) => updateOperator(change, row.id, { disabled_at: clock.now() }),
      apply: () => live.putOperator(row),
    });
  }

  /** What was lost counts at once, also while the ledger is down; what is new counts when it is recorded. */
  async function update(row: OperatorRow, to: Pick<OperatorRow, 'name' | 'claims'>): Promise<void> {
    const before = rolesOf(row, policy().section);
    const roles = rolesOf({ ...row, ...to }, policy().section);
    const step = {
      write: (change: Change) => updateOperator(change, row.id, to),
      apply: () => live.putOperator({ ...(live.operator(row.id) ?? row), ...to }),
    };
    if (before.join() === roles.join())
      return parts.store.db
        .transaction()
        .execute(step.write)
        .then(() => step.apply());
    const made = entry('operator.changed', { actor: row.id, target: row.id, detail: { by: 'oidc', roles } });
    if (roles.every((role) => before.includes(role))) return take(parts, { ...step, entry: made });
    const undo = (change: Change) => updateOperator(change, row.id, { name: row.name, claims: row.claims });
    return give(parts, { ...step, entry: made, undo });
  }

  return async ({ issuer, subject, name, values }) => {
    const { oidc } = policy().section;
    if (oidc?.issuer !== issuer) throw new Fault('operator.sign-in-refused');
    const roles = rolesOfClaim(oidc, values);
    const named = values.filter((value) => Object.hasOwn(oidc.roles, value));
    const to = { name: printable(name) ?? 'unnamed', claims: claimsText(issuer, named) };
    const known = pseudonym(`${issuer} ${subject}`);
    const found = live.operatorOf(known);
    if (roles.length === 0) {
      // Sessions from before have the roles of groups that are gone: they lose them now.
      if (found) await update(found, to);
      throw new Fault('operator.sign-in-refused', { detail: 'None of your groups has a role here.' });
    }
    if (found?.disabled_at !== null && found !== undefined) throw new Fault('operator.sign-in-refused');
    if (found) await update(found, to);
    else {
      const row = {
        id: randomId('opr'),
        subject: known,
        roles: '[]',
        created_at: clock.now(),
        disabled_at: null,
        created_by: null,
        ...to,
      };
      await add(row, roles);
    }
    const row = live.operatorOf(known);
    if (!row) throw new Fault('operator.sign-in-refused');
    return sessions.begin(row, undefined);
  };
}

/** Control and format characters could make a list of operators read as another. */
function printable(name: string | undefined): string | undefined {
  const start = name?.slice(0, longestName * 10).replace(/\p{C}/gu, '');
  // By characters: half of a pair would be a character that is none.
  const text = start && Array.from(start.trim()).slice(0, longestName).join('').trim();
  return text === '' ? undefined : text;
}
