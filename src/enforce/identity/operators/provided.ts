import { Fault, randomId } from '../../../kernel/index.ts';
import { give, type OperatorParts } from './parts.ts';
import { claimsText, rolesOfClaim } from './role-claims.ts';
import type { BegunSession, OperatorSessions } from './sessions.ts';
import { insertOperator, type OperatorRow, updateOperator } from './store.ts';

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

  async function update(row: OperatorRow, to: Pick<OperatorRow, 'name' | 'claims'>): Promise<void> {
    await parts.store.db.transaction().execute((change) => updateOperator(change, row.id, to));
    live.putOperator({ ...(live.operator(row.id) ?? row), ...to });
  }

  return async ({ issuer, subject, name, values }) => {
    const { oidc } = policy().section;
    if (oidc?.issuer !== issuer) throw new Fault('operator.sign-in-refused');
    const roles = rolesOfClaim(oidc, values);
    if (roles.length === 0)
      throw new Fault('operator.sign-in-refused', { detail: 'None of your groups has a role here.' });
    const named = values.filter((value) => Object.hasOwn(oidc.roles, value));
    const to = { name: printable(name) ?? 'unnamed', claims: claimsText(issuer, named) };
    const known = pseudonym(`${issuer} ${subject}`);
    const found = live.operatorOf(known);
    if (found?.disabled_at !== null && found !== undefined) throw new Fault('operator.sign-in-refused');
    if (found) await update(found, to);
    else {
      const row = {
        id: randomId('opr'),
        subject: known,
        roles: '[]',
        created_at: clock.now(),
        disabled_at: null,
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
  const text = name?.replace(/\p{C}/gu, '').trim().slice(0, longestName);
  return text === '' ? undefined : text;
}
