import type { Refused } from './compact.ts';
import type { KeySet } from './key-set.ts';

/** How an issuer's keys stand, for whoever watches the server. */
export interface KeyState {
  readonly issuer: string;
  /** Since they were fetched, or read from their file; undefined while there are none. */
  readonly ageMs: number | undefined;
  /** Whether its tokens can be verified. */
  readonly usable: boolean;
}

/** Where the keys of one issuer come from. */
export interface KeySource {
  /** The keys known now, without waiting; the same object for as long as nothing changed. */
  current(): KeySet | Refused;
  /** Asks the issuer again, where that may be done now; undefined where it may not, so that nobody waits for nothing. */
  renew(): Promise<void> | undefined;
  /** Asks nobody. */
  state(): Omit<KeyState, 'issuer'>;
  close(): Promise<void>;
}
