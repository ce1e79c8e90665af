import type { Clock, Log } from '../../kernel/index.ts';
import type { Entry } from '../../record/index.ts';
import type { Outbox, Store } from '../../store/index.ts';
import type { KeyAdministration } from './identity.ts';
import { createIssuing } from './issue.ts';
import type { KeyEntries } from './key-entries.ts';
import { toRecord } from './key-record.ts';
import type { LastUse } from './last-use.ts';
import type { KeyPolicy } from './open.ts';
import { createRevoke } from './revoke.ts';
import { findKey, type KeyRow, readKeys } from './store.ts';

/** How a change reaches the hot path. */
export interface LiveKeys {
  put(rows: readonly KeyRow[]): void;
  revoke(id: string): void;
}

export interface AdministrationOptions {
  readonly store: Store;
  readonly outbox: Outbox<Entry>;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: () => KeyPolicy;
  readonly entries: KeyEntries;
  readonly live: LiveKeys;
  readonly lastUse: LastUse;
}

export function createKeyAdministration(options: AdministrationOptions): KeyAdministration {
  const { store, clock, log, lastUse } = options;

  /** Old times are better than no list. */
  async function writeTimes(): Promise<void> {
    await lastUse.flush().catch(() => log.warn('last-use times of keys could not be written'));
  }

  return {
    ...createIssuing(options),
    revoke: createRevoke(options),
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
