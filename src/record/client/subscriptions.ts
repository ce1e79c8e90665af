import { setTimeout as sleep } from 'node:timers/promises';
import { asFault, Fault, type Log } from '../../kernel/index.ts';
import type { RecordedEntry, Subscription } from '../ledger.ts';
import type { Cursors } from '../store.ts';

const batchEntries = 512;
const firstRetryMs = 100;
const longestRetryMs = 10_000;

/** Where subscriptions read. */
export interface Feed {
  readonly size: number;
  readonly minimumIndex: number;
  read(from: number, limit: number): Promise<readonly RecordedEntry[]>;
}

export interface Subscriptions {
  subscribe(name: string, handle: (batch: readonly RecordedEntry[]) => Promise<void>): Promise<Subscription>;
  /** There are new entries. */
  wake(): void;
  readonly count: number;
  /** The entry the slowest stands at: what must not be pruned yet. */
  readonly slowest: number;
  close(): Promise<void>;
}

export interface SubscriptionsOptions {
  readonly feed: Feed;
  readonly cursors: Cursors;
  readonly log: Log;
  readonly restMs: number;
}

interface Subscriber extends Subscription {
  readonly next: number;
  wake(): void;
}

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { feed, cursors, log } = options;
  const subscribers = new Map<string, Subscriber>();
  return {
    async subscribe(name, handle) {
      if (subscribers.has(name))
        throw new Fault('api.conflict', { detail: `${name} has subscribed to the ledger already.` });
      const stored = await cursors.load(name);
      if (stored < feed.minimumIndex)
        log.error('Entries were pruned before a subscriber saw them.', { subscriber: name });
      const subscriber = startSubscriber({
        ...options,
        name,
        handle,
        start: Math.max(stored, feed.minimumIndex),
      });
      subscribers.set(name, subscriber);
      return {
        settled: subscriber.settled,
        async close() {
          subscribers.delete(name);
          await subscriber.close();
        },
      };
    },
    wake() {
      for (const subscriber of subscribers.values()) subscriber.wake();
    },
    get count() {
      return subscribers.size;
    },
    get slowest() {
      return Math.min(...[...subscribers.values()].map(({ next }) => next));
    },
    async close() {
      await Promise.all([...subscribers.values()].map((subscriber) => subscriber.close()));
      subscribers.clear();
    },
  };
}

interface SubscriberOptions extends SubscriptionsOptions {
  readonly name: string;
  readonly handle: (batch: readonly RecordedEntry[]) => Promise<void>;
  readonly start: number;
}

/**
 * One subscriber. It takes what there is when it is ready for it, so that a slow one delays nobody; a batch its handler refuses
 * comes again until it is taken, because skipping one would be a hole nobody sees.
 */
function startSubscriber({ feed, cursors, log, restMs, name, handle, start }: SubscriberOptions): Subscriber {
  const stopping = new AbortController();
  const waiting = new Set<{ size: number; resolve: () => void; reject: (fault: Fault) => void }>();
  let next = start;
  let wake = () => {};
  let retryMs = firstRetryMs;

  const pause = (milliseconds: number) =>
    sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => {});
  const news = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  const settle = () => {
    for (const waiter of waiting) {
      if (next < waiter.size) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  };

  const takeBatch = async () => {
    const batch = await feed.read(next, batchEntries);
    if (batch.length === 0) return;
    await handle(batch);
    await cursors.save(name, next + batch.length);
    next += batch.length;
    retryMs = firstRetryMs;
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      if (next >= feed.size) {
        await news();
        // A little later there is more to take at once, unless somebody waits for it.
        if (waiting.size === 0) await pause(restMs);
        continue;
      }
      try {
        await takeBatch();
        settle();
      } catch (error) {
        log.error('A subscriber could not take a batch; it is tried again.', {
          subscriber: name,
          index: next,
          code: asFault(error).code,
          problem: error instanceof Error ? error.name : 'unknown',
        });
        await pause(retryMs);
        retryMs = Math.min(retryMs * 2, longestRetryMs);
      }
    }
  };
  const running = run();

  return {
    get next() {
      return next;
    },
    wake: () => wake(),
    settled: () =>
      new Promise((resolve, reject) => {
        waiting.add({ size: feed.size, resolve, reject });
        settle();
        wake();
      }),
    async close() {
      stopping.abort();
      wake();
      await running;
      for (const { reject } of waiting)
        reject(new Fault('ledger.unavailable', { detail: 'The subscription was closed.' }));
      waiting.clear();
    },
  };
}
