import { setTimeout as sleep } from 'node:timers/promises';
import { asFault, Fault, type Log } from '../../kernel/index.ts';
import type { HandleBatch, RecordedEntry, SubscribeOptions, Subscription } from '../ledger.ts';
import type { Cursors } from '../store.ts';

const batchEntries = 4096;
const firstRetryMs = 100;
const longestRetryMs = 10_000;

/** Where subscriptions read. */
export interface Feed {
  readonly size: number;
  readonly minimumIndex: number;
  readTexts(from: number, limit: number): Promise<readonly string[]>;
  recorded(index: number, text: string): RecordedEntry;
}

export interface Subscriptions {
  subscribe(name: string, handle: HandleBatch, options?: SubscribeOptions): Promise<Subscription>;
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
  /** All subscribers have seen what lies before this index. */
  readonly onSeen: (index: number) => void;
}

interface Subscriber extends Subscription {
  readonly next: number;
  wake(): void;
}

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { feed, cursors, log, onSeen } = options;
  const subscribers = new Map<string, Subscriber>();
  const slowest = () => Math.min(...[...subscribers.values()].map(({ next }) => next));
  return {
    async subscribe(name, handle, { kinds } = {}) {
      if (subscribers.has(name))
        throw new Fault('api.conflict', { detail: `${name} has subscribed to the ledger already.` });
      const stored = await cursors.load(name);
      if (stored < feed.minimumIndex)
        log.error('Entries were pruned before a subscriber saw them.', { subscriber: name });
      const subscriber = startSubscriber({
        ...options,
        name,
        handle,
        isWanted: createKindFilter(kinds),
        start: Math.max(stored, feed.minimumIndex),
        onTaken: () => onSeen(slowest()),
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
      return slowest();
    },
    async close() {
      await Promise.all([...subscribers.values()].map((subscriber) => subscriber.close()));
      subscribers.clear();
    },
  };
}

interface SubscriberOptions extends SubscriptionsOptions {
  readonly name: string;
  readonly handle: HandleBatch;
  readonly isWanted: (text: string) => boolean;
  readonly start: number;
  readonly onTaken: () => void;
}

/** Tells by the text, so that what nobody wants is not parsed. The kind stands third in the envelope, before anything of free form. */
function createKindFilter(kinds: readonly string[] | undefined): (text: string) => boolean {
  if (!kinds) return () => true;
  const marks = kinds.map((kind) => `"kind":${JSON.stringify(kind)}`);
  return (text) => {
    const place = text.indexOf('"kind":');
    return marks.some((mark) => text.startsWith(mark, place));
  };
}

/**
 * One subscriber. It takes what there is when it is ready for it, so that a slow one delays nobody; a batch its handler refuses
 * comes again until it is taken, because skipping one would be a hole nobody sees.
 */
function startSubscriber(options: SubscriberOptions): Subscriber {
  const { feed, cursors, log, restMs, name, handle, isWanted, start, onTaken } = options;
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
    const texts = await feed.readTexts(next, batchEntries);
    if (texts.length === 0) return;
    const after = next + texts.length;
    const batch: RecordedEntry[] = [];
    texts.forEach((text, offset) => {
      if (isWanted(text)) batch.push(feed.recorded(next + offset, text));
    });
    await handle(batch, after);
    await cursors.save(name, after);
    next = after;
    onTaken();
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
