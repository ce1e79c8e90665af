import { join } from 'node:path';

/** Everything that stands in a data folder. */
export interface DataPaths {
  readonly folder: string;
  /** The version of the folder's layout. */
  readonly format: string;
  readonly lock: string;
  readonly lockOwner: string;
  readonly store: string;
  /** The ledger's search index; can be rebuilt from the ledger. */
  readonly index: string;
  readonly ledger: string;
  readonly keys: string;
  /** Data keys and their master key. Never in a backup. */
  readonly vault: string;
  /** The owner-only socket on which a running server answers the command line. */
  readonly socket: string;
}

export function dataPaths(folder: string): DataPaths {
  return {
    folder,
    format: join(folder, 'format'),
    lock: join(folder, 'lock'),
    lockOwner: join(folder, 'lock.pid'),
    store: join(folder, 'store.db'),
    index: join(folder, 'index.db'),
    ledger: join(folder, 'ledger'),
    keys: join(folder, 'keys'),
    vault: join(folder, 'vault'),
    socket: join(folder, 'surety.sock'),
  };
}
