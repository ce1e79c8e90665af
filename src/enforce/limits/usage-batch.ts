import type { Entry, EntryValue, RecordedEntry, SubscriberBatch } from '../../record/index.ts';
import type { Store } from '../../store/index.ts';
import { addUsage, type UsageSums } from './store.ts';
import { RowSums } from './sums.ts';

export interface UsageBatchOptions {
  readonly store: Store;
  /** Up to which entry calls were counted before. */
  readonly counted: number;
  /** Told once of what a batch added, when it is durable. */
  onAdded(rows: readonly UsageSums[]): void;
  /** What follows from it, and from calls that a limit stopped. Told again where it rejects. */
  watch(rows: readonly UsageSums[], denials: readonly Entry[]): Promise<void>;
}

/** Rows and refusals together; then it is time to write them down. */
const fullAt = 4096;

/** Gives the batches of one subscription, one after another. */
export function beginUsageBatches(options: UsageBatchOptions): () => SubscriberBatch {
  // What was counted before a crash may come again.
  let { counted } = options;
  const isNew = (index: number): boolean => {
    if (index < counted) return false;
    counted = index + 1;
    return true;
  };
  return () => new UsageBatch(options, isNew);
}

/** What calls used, added up as they end: a thousand calls take no more room than one. */
class UsageBatch implements SubscriberBatch {
  readonly #options: UsageBatchOptions;
  readonly #isNew: (index: number) => boolean;
  readonly #sums = new RowSums();
  readonly #denials = new Map<string, Entry>();
  #added = false;

  constructor(options: UsageBatchOptions, isNew: (index: number) => boolean) {
    this.#options = options;
    this.#isNew = isNew;
  }

  get full(): boolean {
    return this.#sums.size + this.#denials.size >= fullAt;
  }

  take({ index, entry }: RecordedEntry): void {
    if (entry.kind === 'call.denied') this.#takeDenial(entry);
    else if (this.#isNew(index)) this.#sums.add(usageOf(entry));
  }

  /** One stands for all that the same limit stopped of the same caller on the same day. */
  #takeDenial(denial: Entry): void {
    const { actor, at, detail } = denial;
    if (typeof detail?.['limit'] !== 'string') return;
    const { limit, role, team, route } = detail;
    this.#denials.set(JSON.stringify([limit, at.slice(0, 10), actor, role, team, route]), denial);
  }

  async commit(next: number): Promise<void> {
    const { store, onAdded, watch } = this.#options;
    const { rows } = this.#sums;
    await addUsage(store, rows, next);
    if (!this.#added) onAdded(rows);
    this.#added = true;
    await watch(rows, [...this.#denials.values()]);
  }
}

function count(value: EntryValue | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function text(value: EntryValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** What one `call.finished` entry says was used. */
function usageOf({ actor, at, outcome, detail }: Entry): UsageSums {
  const isUnknown = outcome === 'unknown';
  return {
    day: at.slice(0, 10),
    key_id: actor ?? '',
    role: text(detail?.['role']),
    team: text(detail?.['team']),
    route: text(detail?.['route']),
    operation: text(detail?.['operation']),
    model: text(detail?.['model']),
    requests: 1,
    estimated: Number(detail?.['estimated'] === true && !isUnknown),
    unknown: Number(isUnknown),
    input_tokens: count(detail?.['inputTokens']),
    cached_input_tokens: count(detail?.['cachedInputTokens']),
    output_tokens: count(detail?.['outputTokens']),
    reasoning_tokens: count(detail?.['reasoningTokens']),
    cost_nano_usd: count(detail?.['costNanoUsd']),
  };
}
