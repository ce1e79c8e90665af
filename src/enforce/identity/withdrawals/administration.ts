import { type Clock, Fault, type Log, randomId } from '../../../kernel/index.ts';
import type { Entry } from '../../../record/index.ts';
import type { Outbox, Store } from '../../../store/index.ts';
import type { KeyPolicy } from '../administration-options.ts';
import type { Withdrawal, WithdrawalAdministration } from '../identity.ts';
import {
  deleteWithdrawal,
  findWithdrawal,
  findWithdrawalOf,
  insertWithdrawal,
  readWithdrawals,
  type WithdrawalRow,
} from '../store.ts';
import { take } from '../take.ts';
import type { Withdrawn } from './withdrawn.ts';

export interface WithdrawalOptions {
  readonly store: Store;
  readonly outbox: Outbox<Entry>;
  readonly clock: Clock;
  readonly log: Log;
  /** UUIDv7, for entries. */
  readonly newId: () => string;
  readonly policy: () => Pick<KeyPolicy, 'roles' | 'teams'>;
  readonly withdrawn: Withdrawn;
}

export function createWithdrawalAdministration(options: WithdrawalOptions): WithdrawalAdministration {
  const { store, outbox, clock, newId, policy, withdrawn } = options;

  const entryOf = (did: 'withdrawn' | 'restored', row: WithdrawalRow, operator: string): Entry => ({
    id: newId(),
    at: new Date(clock.now()).toISOString(),
    kind: `${row.kind}.${did}`,
    actor: operator,
    target: row.id,
    outcome: 'succeeded',
    detail: { [row.kind]: row.name },
  });

  function checkName({ kind, name }: Pick<WithdrawalRow, 'kind' | 'name'>): void {
    const known = kind === 'role' ? policy().roles : policy().teams;
    if (known.has(name)) return;
    const has = known.names.join(', ') || 'none';
    throw new Fault('api.invalid', { detail: `name: the policy has no such ${kind} (it has: ${has}).` });
  }

  return {
    async withdraw(asked, operator) {
      checkName(asked);
      let row: WithdrawalRow = { id: randomId('wdr'), ...asked, created_at: clock.now() };
      await take(options, {
        async write(change) {
          const before = await findWithdrawalOf(change, asked);
          if (before) {
            row = before;
            return undefined;
          }
          await insertWithdrawal(change, row);
          return entryOf('withdrawn', row, operator);
        },
        apply: () => withdrawn.put(row),
      });
      return toWithdrawal(row);
    },

    async list() {
      return (await readWithdrawals(store)).map(toWithdrawal);
    },

    async find(id) {
      const row = await findWithdrawal(store.db, id);
      return row && toWithdrawal(row);
    },

    async restore(id, operator) {
      const { row, entry } = await store.db.transaction().execute(async (change) => {
        const found = await findWithdrawal(change, id);
        if (!found) throw new Fault('api.not-found', { detail: 'Nothing is withdrawn under this id.' });
        const made = entryOf('restored', found, operator);
        await deleteWithdrawal(change, id);
        await outbox.enqueue(change, made);
        return { row: found, entry: made };
      });
      await outbox.deliver(entry.id).catch((cause: unknown) => {
        const detail = 'It stays withdrawn until this process ends; the change is made and will be recorded.';
        throw new Fault('ledger.unavailable', { detail, cause });
      });
      // Withdrawn again meanwhile: that stands.
      if (!(await findWithdrawalOf(store.db, row))) withdrawn.remove(row);
      return toWithdrawal(row);
    },
  };
}

function toWithdrawal({ id, kind, name, created_at: createdAt }: WithdrawalRow): Withdrawal {
  return { id, kind, name, createdAt };
}
