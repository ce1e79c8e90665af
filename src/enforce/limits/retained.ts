import type { Store } from '../../store/index.ts';
import { countUsageBefore, dropUsageBefore } from './store.ts';

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Sums of usage that are of the past; who sweeps them decides when. Those of the present month rebuild budgets, and must stay. */
export function pastUsage(store: Store) {
  return {
    async older(before: number): Promise<{ count: number; oldestAt?: number }> {
      const { count, oldest } = await countUsageBefore(store, dayOf(before));
      return { count, ...(oldest !== undefined && { oldestAt: Date.parse(oldest) }) };
    },
    drop: (before: number): Promise<number> => dropUsageBefore(store, dayOf(before)),
  };
}
