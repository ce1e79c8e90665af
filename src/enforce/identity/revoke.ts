import type { AdministrationOptions } from './administration-options.ts';
import type { KeyAdministration } from './identity.ts';
import { requirePresent, toRecord } from './key-record.ts';
import { findKey, setRevoked } from './store.ts';
import { take } from './take.ts';

export function createRevoke(options: AdministrationOptions): KeyAdministration['revoke'] {
  const { store, clock, live, entries } = options;
  return async (id, operator) => {
    await take(options, {
      async write(change) {
        const row = requirePresent(await findKey(change, id));
        if (row.revoked_at !== null) return undefined;
        await setRevoked(change, id, clock.now());
        return entries.revoked(row, operator);
      },
      apply: () => live.revoke(id),
    });
    return toRecord(requirePresent(await findKey(store.db, id)), clock.now());
  };
}
