import type { AdministrationOptions } from './administration-options.ts';
import type { KeyAdministration } from './identity.ts';
import { createChangeRole } from './change-role.ts';
import { createIssuing } from './issue.ts';
import { toRecord } from './key-record.ts';
import { createRevoke } from './revoke.ts';
import { findKey, readKeys } from './store.ts';

export function createKeyAdministration(options: AdministrationOptions): KeyAdministration {
  const { store, clock, log, lastUse } = options;

  /** Old times are better than no list. */
  async function writeTimes(): Promise<void> {
    await lastUse.flush().catch(() => log.warn('last-use times of keys could not be written'));
  }

  return {
    ...createIssuing(options),
    revoke: createRevoke(options),
    changeRole: createChangeRole(options),
    async list() {
      await writeTimes();
      const rows = await readKeys(store);
      return rows.map((row) => toRecord(row, clock.now()));
    },
    async find(id) {
      await writeTimes();
      const row = await findKey(store.db, id);
      return row && toRecord(row, clock.now());
    },
  };
}
