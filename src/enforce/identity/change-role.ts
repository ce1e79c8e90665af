import { Fault } from '../../kernel/index.ts';
import type { AdministrationOptions } from './administration-options.ts';
import type { KeyAdministration } from './identity.ts';
import { requireActive, requirePresent, toRecord } from './key-record.ts';
import { findKey, setRole } from './store.ts';

/** Store, then memory, then ledger, as a revocation: what an operator took away is not given back by a ledger that is down. */
export function createChangeRole(options: AdministrationOptions): KeyAdministration['changeRole'] {
  const { store, outbox, clock, log, live, entries, policy } = options;
  return async (id, roles, operator) => {
    if (!policy().roles.has(roles.to))
      throw new Fault('api.invalid', { detail: `role: the policy has no role ${roles.to}.` });
    const entry = await store.db.transaction().execute(async (transaction) => {
      const row = requirePresent(await findKey(transaction, id));
      requireActive(row, clock.now());
      if (!(await setRole(transaction, id, roles)))
        throw new Fault('api.conflict', { detail: `The key has the role ${row.role} by now.` });
      const made = entries.roleChanged(row, roles, operator);
      await outbox.enqueue(transaction, made);
      return made;
    });
    // Read again: a rotation may have given the key another end meanwhile.
    const row = requirePresent(await findKey(store.db, id));
    live.put([row]);
    await outbox
      .deliver(entry.id)
      .catch(() => log.warn('a change of role waits to be recorded', { key: id }));
    return toRecord(row, clock.now());
  };
}
