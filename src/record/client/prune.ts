import type { Clock } from '../../kernel/index.ts';
import type { Appends } from './appends.ts';
import type { EngineClient } from './requests.ts';
import type { Counters } from './status.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface PruningOptions {
  readonly counters: Counters;
  readonly appends: Appends;
  readonly engine: EngineClient;
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** Prunes by age, never beyond a subscriber, and never without an entry that tells of it. */
export function createPruning({ counters, appends, engine, subscriptions, clock, newId }: PruningOptions) {
  return async (olderThan: number, actor = 'system'): Promise<number> => {
    const notAfter = Math.min(subscriptions.slowest, counters.size);
    const plan = await engine.ask('planPrune', { olderThan, notAfter });
    if (plan.minimumIndex <= counters.minimumIndex) return counters.minimumIndex;
    const at = new Date(clock.now()).toISOString();
    const detail = { minimumIndex: plan.minimumIndex, olderThan: new Date(olderThan).toISOString() };
    await appends.append({
      id: newId(),
      at,
      kind: 'ledger.pruned',
      actor,
      outcome: 'succeeded',
      detail,
    });
    // The entry is signed before anything goes, so that no missing file is ever unexplained.
    await engine.ask('integrate', {});
    await engine.ask('prune', plan);
    counters.minimumIndex = plan.minimumIndex;
    return plan.minimumIndex;
  };
}
