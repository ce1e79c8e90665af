import type { Log } from '../../kernel/index.ts';
import type { Store } from '../../store/index.ts';
import { setLastUsed } from './store.ts';

/** When keys were last used: noted in memory on every call, written in batches. A crash loses at most one interval. */
export interface LastUse {
  note(keyId: string, at: number): void;
  flush(): Promise<void>;
  close(): Promise<void>;
}

const intervalMs = 30_000;

export function createLastUse(store: Store, log: Log): LastUse {
  let pending = new Map<string, number>();

  async function flush(): Promise<void> {
    if (pending.size === 0) return;
    const times = pending;
    pending = new Map();
    try {
      await setLastUsed(store, times);
    } catch (thrown) {
      // Kept for the next time; what was noted meanwhile is newer.
      pending = new Map([...times, ...pending]);
      throw thrown;
    }
  }

  const timer = setInterval(() => {
    flush().catch(() => log.warn('last-use times of keys could not be written'));
  }, intervalMs);
  timer.unref();

  return {
    note(keyId, at) {
      pending.set(keyId, at);
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
