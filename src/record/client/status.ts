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
  read(): LedgerStatus;
  /** Tells the listeners. */
  changed(): void;
  onChange(listener: (status: LedgerStatus) => void): () => void;
}

export function createStatus({ counters, appends, options }: StatusOptions): Status {
  const listeners = new Set<(status: LedgerStatus) => void>();
  const read = (): LedgerStatus => {
    const { size, signedSize, freeBytes } = counters;
    const refusing = appends.problem;
    const diskLow = freeBytes < options.diskWarnBytes;
    const problem = refusing ?? (diskLow ? 'disk low' : undefined);
    return {
      writable: refusing === undefined,
      ...(problem === undefined ? {} : { problem }),
      size,
      signedSize,
      freeBytes,
      diskLow,
      outstanding: appends.outstanding,
    };
  };
  return {
    read,
    changed() {
      const present = read();
      for (const listener of listeners) listener(present);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
