import type { Clock, Log } from '../../kernel/index.ts';
import type { Entry } from '../../record/index.ts';
import type { Outbox, Store } from '../../store/index.ts';
import type { AttemptRates } from './attempts.ts';
import type { KeyEntries } from './key-entries.ts';
import type { LastUse } from './last-use.ts';
import type { Roles } from './roles.ts';
import type { KeyRow } from './store.ts';
import type { Teams } from './teams.ts';
import type { IssuerSection } from './tokens/issuer-section.ts';

/** What identity needs of the policy in force. */
export interface KeyPolicy {
  readonly tokens: readonly IssuerSection[];
  readonly failures: AttemptRates;
  readonly longestKeyMs: number;
  readonly roles: Roles;
  readonly teams: Teams;
}

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
