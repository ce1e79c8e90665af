import { asFault, Fault, type Log } from '../../../kernel/index.ts';
import type { ErasureRow } from './store.ts';

/** Erasures that were begun and could not be finished yet: of subjects, and of what pseudonyms stand for. */
export interface UnfinishedErasures {
  readonly count: number;
  /** Carries one out. Throws Fault `erasure.unfinished`, and counts it until it is done. */
  attempt<Result>(row: ErasureRow, carryOut: () => Promise<Result>): Promise<Result>;
}

export function createUnfinishedErasures(log: Log): UnfinishedErasures {
  const ids = new Set<string>();
  return {
    get count() {
      return ids.size;
    },
    async attempt(row, carryOut) {
      try {
        const result = await carryOut();
        ids.delete(row.id);
        return result;
      } catch (cause) {
        ids.add(row.id);
        const { code, message } = asFault(cause);
        log.error('an erasure was begun and could not be finished; it is tried again every minute', {
          erasure: row.id,
          code,
        });
        throw new Fault('erasure.unfinished', { detail: `${row.id}: ${message}`, cause });
      }
    },
  };
}
