import type { Refused } from './compact.ts';
import type { KeySet } from './key-set.ts';

/** Where the keys of one issuer come from. */
export interface KeySource {
  /** The keys known now, without waiting; the same object for as long as nothing changed. */
  current(): KeySet | Refused;
  /** Asks the issuer again, where that may be done now; undefined where it may not, so that nobody waits for nothing. */
  renew(): Promise<void> | undefined;
  close(): Promise<void>;
}
