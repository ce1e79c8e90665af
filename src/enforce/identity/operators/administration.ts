import { Fault, randomId, type Secret } from '../../../kernel/index.ts';
import { checkText } from '../create-request.ts';
import { createKey, hashKey, hintOf } from '../key-format.ts';
import type { Operator } from './operator.ts';
import { give, type OperatorParts, take } from './parts.ts';
import { describeOperator, type OperatorRecord } from './record.ts';
import {
  insertOperator,
  insertOperatorKey,
  type OperatorKeyRow,
  type OperatorRow,
  setKeyRevoked,
  updateOperator,
} from './store.ts';

const longestName = 100;
const mostRoles = 16;

export interface IssuedOperatorKey {
  readonly operator: OperatorRecord;
  readonly keyId: string;
  readonly key: Secret;
  readonly expiresAt: number;
}

/** Changes to operators. Each is a store transaction with an outbox entry. */
export interface OperatorAdministration {
  create(
    request: { name: string; roles: readonly string[]; expiresInMs: number },
    by: Operator,
  ): Promise<IssuedOperatorKey>;
  list(): readonly OperatorRecord[];
  find(id: string): OperatorRecord | undefined;
  changeRoles(id: string, roles: readonly string[], by: Operator): Promise<OperatorRecord>;
  /** Refused everywhere before this resolves. */
  disable(id: string, by: Operator): Promise<OperatorRecord>;
  enable(id: string, by: Operator): Promise<OperatorRecord>;
  issueKey(id: string, expiresInMs: number, by: Operator): Promise<IssuedOperatorKey>;
  revokeKey(id: string, keyId: string, by: Operator): Promise<OperatorRecord>;
}

export function createOperatorAdministration(parts: OperatorParts): OperatorAdministration {
  const { live, clock, entry } = parts;
  const present = (id: string): OperatorRow => {
    const row = live.operator(id);
    if (!row) throw new Fault('api.not-found', { detail: 'There is no operator of this id.' });
    return row;
  };
  const show = (id: string): OperatorRecord => describeOperator(parts, present(id));
  const { issue, prepareKey } = createIssuing(parts);

  return {
    list: () => live.operators().map((row) => describeOperator(parts, row)),
    find(id) {
      const row = live.operator(id);
      return row && describeOperator(parts, row);
    },
    async create({ name, roles, expiresInMs }, by) {
      checkText('name', name, longestName);
      checkRoles(parts, roles);
      const row: OperatorRow = {
        id: randomId('opr'),
        name,
        subject: null,
        roles: JSON.stringify(roles),
        claims: null,
        created_at: clock.now(),
        disabled_at: null,
      };
      const made = prepareKey(row.id, expiresInMs, by);
      return issue({ row, made, by, kind: 'operator.created' });
    },
    async changeRoles(id, roles, by) {
      const before = present(id);
      if (before.subject !== null)
        throw new Fault('api.conflict', { detail: 'The roles come from claims of the identity provider.' });
      checkRoles(parts, roles);
      const to = { roles: JSON.stringify(roles) };
      await give(parts, {
        entry: entry('operator.changed', { actor: by.id, target: id, detail: { roles } }),
        write: (change) => updateOperator(change, id, to),
        undo: (change) => updateOperator(change, id, { roles: before.roles }),
        apply: () => live.putOperator({ ...present(id), ...to }),
      });
      return show(id);
    },
    async disable(id, by) {
      present(id);
      const to = { disabled_at: clock.now() };
      // Also where it is disabled already: enabling it may be under way.
      await take(parts, {
        entry: entry('operator.disabled', { actor: by.id, target: id }),
        write: (change) => updateOperator(change, id, to),
        apply: () => live.putOperator({ ...present(id), ...to }),
      });
      return show(id);
    },
    async enable(id, by) {
      const before = present(id);
      if (before.disabled_at === null) return show(id);
      await give(parts, {
        entry: entry('operator.enabled', { actor: by.id, target: id }),
        write: (change) => updateOperator(change, id, { disabled_at: null }),
        undo: (change) => updateOperator(change, id, { disabled_at: before.disabled_at }),
        apply() {
          const now = present(id);
          // Disabled again meanwhile: that stands.
          if (now.disabled_at === before.disabled_at) live.putOperator({ ...now, disabled_at: null });
        },
      });
      return show(id);
    },
    async issueKey(id, expiresInMs, by) {
      const row = present(id);
      if (row.subject !== null)
        throw new Fault('api.conflict', { detail: 'The operator signs in at the identity provider.' });
      if (row.disabled_at !== null)
        throw new Fault('api.conflict', { detail: 'The operator is disabled: enable it first.' });
      return issue({ row, made: prepareKey(id, expiresInMs, by), by, kind: 'operator.key-issued' });
    },
    async revokeKey(id, keyId, by) {
      present(id);
      const key = live.key(keyId);
      if (!key || key.operator !== id)
        throw new Fault('api.not-found', { detail: 'The operator has no key of this id.' });
      if (key.revoked_at !== null) return show(id);
      const revokedAt = clock.now();
      await take(parts, {
        entry: entry('operator.key-revoked', { actor: by.id, target: id, detail: { key: keyId } }),
        write: (change) => setKeyRevoked(change, keyId, revokedAt),
        apply: () => live.putKey({ ...key, revoked_at: revokedAt }),
      });
      return show(id);
    },
  };
}

function checkRoles({ policy }: OperatorParts, roles: readonly string[]): void {
  if (roles.length === 0 || roles.length > mostRoles)
    throw new Fault('api.invalid', { detail: `roles: write between 1 and ${mostRoles}.` });
  if (new Set(roles).size !== roles.length)
    throw new Fault('api.invalid', { detail: 'roles: one stands there twice.' });
  const known = policy().roles;
  if (!roles.every((role) => known.has(role)))
    throw new Fault('api.invalid', { detail: `roles: there are only ${known.names.join(', ')}.` });
}

interface MadeKey {
  readonly key: Secret;
  readonly row: OperatorKeyRow;
}

/** An operator's key; with its operator, where that is new. */
function createIssuing(parts: OperatorParts) {
  const { live, clock, policy, entry } = parts;

  function prepareKey(operator: string, expiresInMs: number, by: Operator): MadeKey {
    const { longest } = policy().section.keys;
    if (!Number.isSafeInteger(expiresInMs) || expiresInMs < 1 || expiresInMs > longest)
      throw new Fault('api.invalid', {
        detail: 'expires: the policy allows less (identity.operators.keys.longest).',
      });
    const key = createKey('sto_');
    const now = clock.now();
    // Who replaces a key by a key keeps its origin: else a key made by the asker could be washed clean with itself.
    const issuedBy = by.id === operator ? (by.issuedBy ?? by.id) : by.id;
    return {
      key,
      row: {
        id: randomId('opk'),
        operator,
        hash: hashKey(key.reveal()),
        hint: hintOf(key),
        issued_by: issuedBy,
        created_at: now,
        expires_at: now + expiresInMs,
        revoked_at: null,
      },
    };
  }

  interface Issue {
    readonly row: OperatorRow;
    readonly made: MadeKey;
    readonly by: Operator;
    readonly kind: 'operator.created' | 'operator.key-issued';
  }

  async function issue({ row, made, by, kind }: Issue): Promise<IssuedOperatorKey> {
    const isNew = kind === 'operator.created';
    const expiresAt = made.row.expires_at;
    const detail = {
      key: made.row.id,
      expiresAt: new Date(expiresAt).toISOString(),
      ...(isNew && { roles: JSON.parse(row.roles) as string[] }),
    };
    await give(parts, {
      entry: entry(kind, { actor: by.id, target: row.id, detail }),
      async write(change) {
        if (isNew) await insertOperator(change, row);
        await insertOperatorKey(change, made.row);
      },
      async undo(change) {
        await setKeyRevoked(change, made.row.id, clock.now());
        if (isNew) await updateOperator(change, row.id, { disabled_at: clock.now() });
      },
      apply() {
        if (isNew) live.putOperator(row);
        live.putKey(made.row);
      },
    });
    return { operator: describeOperator(parts, row), keyId: made.row.id, key: made.key, expiresAt };
  }

  return { prepareKey, issue };
}
