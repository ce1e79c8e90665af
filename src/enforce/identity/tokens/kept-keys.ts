import type { Log } from '../../../kernel/index.ts';
import type { Store } from '../../../store/index.ts';
import { findIssuerKeys, putIssuerKeys } from '../store.ts';
import type { IssuerSection } from './issuer-section.ts';

/** The keys last fetched from one place, over a restart: without them a restart during an outage of the issuer would refuse every token. */
export interface KeptKeys {
  /** Undefined where there are none, or they cannot be read. */
  read(): Promise<{ readonly bytes: Buffer; readonly fetchedAt: number } | undefined>;
  /** Never rejects: keys that cannot be kept are still in use. `fetchedAt`: Unix milliseconds. */
  write(bytes: Buffer, fetchedAt: number): Promise<void>;
}

/** Kept by issuer and place, so that keys of a place the policy no longer names are not found again. */
export function createKeptKeys(
  { issuer, keys }: Pick<IssuerSection, 'issuer' | 'keys'>,
  { store, log }: { store: Store; log: Log },
): KeptKeys {
  const place = JSON.stringify([issuer, keys ?? null]);
  return {
    async read() {
      try {
        const row = await findIssuerKeys(store, place);
        return row && { bytes: Buffer.from(row.key_set), fetchedAt: row.fetched_at };
      } catch {
        log.warn('the last keys of an issuer could not be read', { issuer });
        return undefined;
      }
    },
    async write(bytes, fetchedAt) {
      await putIssuerKeys(store, { place, key_set: bytes.toString(), fetched_at: fetchedAt }).catch(() =>
        log.warn('the keys of an issuer could not be kept for a restart', { issuer }),
      );
    },
  };
}
