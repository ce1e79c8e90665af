import { Fault, randomId, type Secret } from '../../../kernel/index.ts';
import { checkText } from '../create-request.ts';
import { createKey, hashKey, hintOf } from '../key-format.ts';
import { type Operator, socketOperator } from './operator.ts';
import { give, type OperatorParts, take } from './parts.ts';
import { describeOperator, type OperatorRecord } from './record.ts';
import {
  deleteTies,
  insertOperator,
  insertOperatorKey,
  insertTies,
  type OperatorKeyRow,
  type OperatorRow,
  setKeyRevoked,
  type TieRow,
  updateOperator,
} from './store.ts';
import type { TieKind } from './ties.ts';

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
        created_by: by.id,
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
      await giveBy(parts, tiesOf({ by, made: id, kind: 'roles', at: clock.now() }), {
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
      await giveBy(parts, tiesOf({ by, made: id, kind: 'enabled', at: clock.now() }), {
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

/** The hand that who acts has in another operator from now on. */
function tiesOf(tie: { by: Operator; made: string; kind: TieKind; at: number }): readonly TieRow[] {
  const { by, made, kind, at } = tie;
  if (by.id === made || by.id === socketOperator.id) return [];
  return [{ id: randomId('tie'), maker: by.id, made, kind, at }];
}

/** `give`, with the ties in the same transaction. */
function giveBy(
  parts: OperatorParts,
  ties: readonly TieRow[],
  step: Parameters<typeof give>[1],
): Promise<void> {
  const { live } = parts;
  // Before anything is written: a change that is under way counts already.
  ties.forEach(live.ties.add);
  return give(parts, {
    ...step,
    async write(change) {
      await step.write(change);
      await insertTies(change, ties);
    },
    async undo(change) {
      await step.undo(change);
      await deleteTies(change, ties);
    },
  }).catch((error: unknown) => {
    for (const { id } of ties) live.ties.drop(id);
    throw error;
  });
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
    const ties = tiesOf({ by, made: row.id, kind: isNew ? 'created' : 'key', at: clock.now() });
    await giveBy(parts, ties, {
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
