import type { LedgerStatus } from '../ledger.ts';
import type { LedgerOptions } from '../settings.ts';
import type { Appends } from './appends.ts';

/** The numbers the engine reports. */
export interface Counters {
  size: number;
  signedSize: number;
  minimumIndex: number;
  freeBytes: number;
}

export interface StatusOptions {
  readonly counters: Counters;
  readonly appends: Appends;
  readonly options: Pick<LedgerOptions, 'diskWarnBytes'>;
}

export interface Status {
  readonly status: LedgerStatus;
  /** Tells the listeners. */
  changed(): void;
  onChange(listener: (status: LedgerStatus) => void): () => void;
}

export function createStatus({ counters, appends, options }: StatusOptions): Status {
  const listeners = new Set<(status: LedgerStatus) => void>();
  const status: LedgerStatus = {
    get writable() {
      return appends.problem === undefined;
    },
    get problem() {
      return appends.problem ?? (status.diskLow ? 'disk low' : undefined);
    },
    get size() {
      return counters.size;
    },
    get signedSize() {
      return counters.signedSize;
    },
    get freeBytes() {
      return counters.freeBytes;
    },
    get diskLow() {
      return counters.freeBytes < options.diskWarnBytes;
    },
    get outstanding() {
      return appends.outstanding;
    },
  };
  return {
    status,
    changed() {
      for (const listener of listeners) listener(status);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
