import { Fault, type Log } from '../../kernel/index.ts';
import type { SubscriberBatch, SubscribeOptions, Subscription } from '../ledger.ts';
import type { Cursors } from '../store.ts';
import { type Interest, interestIn, joinInterests, noInterest } from './interest.ts';
import type { Recent } from './recent.ts';
import { type Feed, startSubscriber, type Subscriber } from './subscriber.ts';

export interface Subscriptions {
  subscribe(name: string, begin: () => SubscriberBatch, options?: SubscribeOptions): Promise<Subscription>;
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

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { feed, cursors, log, recent } = options;
  const subscribers = new Map<string, Subscriber>();
  let interest = noInterest;
  const least = (place: 'taken' | 'committed') =>
    Math.min(...[...subscribers.values()].map((subscriber) => subscriber[place]));
  return {
    async subscribe(name, begin, { kinds } = {}) {
      if (subscribers.has(name))
        throw new Fault('api.conflict', { detail: `${name} has subscribed to the ledger already.` });
      const stored = await cursors.load(name);
      if (stored < feed.minimumIndex)
        log.error('Entries were pruned before a subscriber saw them.', { subscriber: name });
      const subscriber = startSubscriber({
        ...options,
        name,
        begin,
        interest: interestIn(kinds),
        start: Math.max(stored, feed.minimumIndex),
        onTaken: () => recent.forgetBefore(least('taken')),
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
      return least('committed');
    },
    async close() {
      await Promise.all([...subscribers.values()].map((subscriber) => subscriber.close()));
      subscribers.clear();
    },
  };
}
