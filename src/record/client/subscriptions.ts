import { setTimeout as sleep } from 'node:timers/promises';
import { asFault, Fault, type Log } from '../../kernel/index.ts';
import type { Entry } from '../entry.ts';
import type { HandleBatch, RecordedEntry, SubscribeOptions, Subscription } from '../ledger.ts';
import type { Cursors } from '../store.ts';
import { type Interest, interestIn, joinInterests, noInterest } from './interest.ts';
import type { Recent } from './recent.ts';

const batchEntries = 4096;
const firstRetryMs = 100;
const longestRetryMs = 10_000;

/** Where subscriptions read. */
export interface Feed {
  readonly size: number;
  readonly signedSize: number;
  readonly minimumIndex: number;
  readTexts(from: number, limit: number): Promise<readonly string[]>;
}

export interface Subscriptions {
  subscribe(name: string, handle: HandleBatch, options?: SubscribeOptions): Promise<Subscription>;
  /** There are new entries. */
  wake(): void;
  /** What those there are read. Another one as soon as one more subscribes. */
  readonly interest: Interest;
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
  readonly recent: Recent;
}

interface Subscriber extends Subscription {
  readonly interest: Interest;
  readonly next: number;
  wake(): void;
}

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { feed, cursors, log, recent } = options;
  const subscribers = new Map<string, Subscriber>();
  let interest = noInterest;
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
        interest: interestIn(kinds),
        start: Math.max(stored, feed.minimumIndex),
        onTaken: () => recent.forgetBefore(slowest()),
      });
      subscribers.set(name, subscriber);
      // What is held was held for those there were before.
      interest = joinInterests([...subscribers.values()].map((one) => one.interest));
      recent.clear();
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
    get interest() {
      return interest;
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
  readonly interest: Interest;
  readonly start: number;
  readonly onTaken: () => void;
}

const kindMark = '"kind":"';

/** From the text, so that what nobody reads is not parsed. The kind stands third in the envelope, before anything of free form, and needs no escapes. */
function kindOf(text: string): string {
  const start = text.indexOf(kindMark) + kindMark.length;
  return text.slice(start, text.indexOf('"', start));
}

/**
 * One subscriber. It takes what there is when it is ready for it, so that a slow one delays nobody; a batch its handler refuses
 * comes again until it is taken, because skipping one would be a hole nobody sees.
 */
function startSubscriber(options: SubscriberOptions): Subscriber {
  const { feed, recent, cursors, log, restMs, name, handle, interest, start, onTaken } = options;
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

  const readBack = async (): Promise<(Entry | undefined)[]> => {
    const texts = await feed.readTexts(next, batchEntries);
    return texts.map((text) => (interest.has(kindOf(text)) ? (JSON.parse(text) as Entry) : undefined));
  };

  const takeBatch = async () => {
    const entries = recent.slice(next, batchEntries) ?? (await readBack());
    if (entries.length === 0) return;
    const after = next + entries.length;
    const batch: RecordedEntry[] = [];
    entries.forEach((entry, offset) => {
      const index = next + offset;
      if (entry && interest.has(entry.kind)) batch.push({ index, entry, signed: index < feed.signedSize });
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
    interest,
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
