import { setTimeout as sleep } from 'node:timers/promises';
import { asFault, Fault, type Log } from '../../kernel/index.ts';
import type { Entry } from '../entry.ts';
import type { SubscriberBatch, Subscription } from '../ledger.ts';
import type { Cursors } from '../store.ts';
import type { Interest } from './interest.ts';
import type { Recent } from './recent.ts';

const mostAtOnce = 4096;
const firstRetryMs = 100;
const longestRetryMs = 10_000;

/** Where subscribers read. */
export interface Feed {
  readonly size: number;
  readonly signedSize: number;
  readonly minimumIndex: number;
  readTexts(from: number, limit: number): Promise<readonly string[]>;
}

export interface SubscriberOptions {
  readonly name: string;
  readonly begin: () => SubscriberBatch;
  readonly interest: Interest;
  /** The index of the first entry it has not seen. */
  readonly start: number;
  readonly feed: Feed;
  readonly recent: Recent;
  readonly cursors: Pick<Cursors, 'save'>;
  readonly log: Log;
  readonly restMs: number;
  /** It has taken what there is up to `taken`. */
  readonly onTaken: () => void;
}

export interface Subscriber extends Subscription {
  readonly interest: Interest;
  /** Up to here it needs no entry any more, unless it begins anew. */
  readonly taken: number;
  /** Up to here it never needs one again. */
  readonly committed: number;
  /** There are new entries. */
  wake(): void;
}

const kindMark = '"kind":"';

/** From the text, so that what nobody reads is not parsed. The kind stands third in the envelope, before anything of free form, and needs no escapes. */
function kindOf(text: string): string {
  const start = text.indexOf(kindMark) + kindMark.length;
  return text.slice(start, text.indexOf('"', start));
}

/**
 * One subscriber. It takes entries as they come, into the batch that forms, and commits a batch at a time beside that, so that a slow one
 * delays nobody. A batch that fails is committed again until it succeeds, because skipping one would be a hole nobody sees.
 */
export function startSubscriber(options: SubscriberOptions): Subscriber {
  const { name, begin, interest, start, feed, recent, cursors, log, restMs, onTaken } = options;
  const stopping = new AbortController();
  const waiting = new Set<{ size: number; resolve: () => void; reject: (fault: Fault) => void }>();
  let forming = begin();
  let taken = start;
  let committed = start;
  let committing: Promise<void> | undefined;
  let rest: NodeJS.Timeout | undefined;
  let wake = () => {};

  const news = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  /** Does something until it succeeds, less and less often; gives up only when the subscription is closed. */
  const persist = async (index: number, act: () => Promise<void>): Promise<void> => {
    for (let waitMs = firstRetryMs; !stopping.signal.aborted; waitMs = Math.min(waitMs * 2, longestRetryMs)) {
      try {
        return await act();
      } catch (error) {
        log.error('A subscriber could not take a batch; it is tried again.', {
          subscriber: name,
          index,
          code: asFault(error).code,
          problem: error instanceof Error ? error.name : 'unknown',
        });
        await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  };

  const settle = () => {
    for (const waiter of waiting) {
      if (committed < waiter.size) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  };

  const commitForming = async (): Promise<void> => {
    const [batch, next] = [forming, taken];
    forming = begin();
    await persist(committed, async () => {
      await batch.commit(next);
      await cursors.save(name, next);
      committed = next;
    });
  };

  /** Commits what there is when the time has come: at once where somebody waits or the batch is full, and else after a rest. */
  const plan = (): void => {
    if (committing || taken === committed || stopping.signal.aborted) return;
    if (waiting.size === 0 && !forming.full) {
      rest ??= setTimeout(commit, restMs).unref();
      return;
    }
    commit();
  };

  function commit(): void {
    clearTimeout(rest);
    rest = undefined;
    committing ??= commitForming().then(() => {
      committing = undefined;
      settle();
      plan();
      wake();
    });
  }

  const readBack = async (): Promise<(Entry | undefined)[]> => {
    const texts = await feed.readTexts(taken, mostAtOnce);
    return texts.map((text) => (interest.has(kindOf(text)) ? (JSON.parse(text) as Entry) : undefined));
  };

  const take = async (): Promise<void> => {
    const entries = recent.slice(taken, mostAtOnce) ?? (await readBack());
    for (const entry of entries) {
      const index = taken++;
      if (entry && interest.has(entry.kind)) forming.take({ index, entry, signed: index < feed.signedSize });
    }
    onTaken();
    plan();
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (taken >= feed.size || (forming.full && committing)) await news();
      else await persist(taken, take);
    }
    await committing;
  };
  const running = run();

  return {
    interest,
    get taken() {
      return taken;
    },
    get committed() {
      return committed;
    },
    wake: () => wake(),
    settled: () =>
      new Promise((resolve, reject) => {
        waiting.add({ size: feed.size, resolve, reject });
        settle();
        plan();
        wake();
      }),
    async close() {
      stopping.abort();
      clearTimeout(rest);
      wake();
      await running;
      for (const { reject } of waiting)
        reject(new Fault('ledger.unavailable', { detail: 'The subscription was closed.' }));
      waiting.clear();
    },
  };
}
