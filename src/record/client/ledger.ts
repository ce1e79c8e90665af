import { type Clock, Fault, type Log } from '../../kernel/index.ts';
import type { OpenedState } from '../engine/messages.ts';
import type { Ledger } from '../ledger.ts';
import type { LedgerOptions } from '../settings.ts';
import type { Cursors } from '../store.ts';
import { createAppends } from './appends.ts';
import type { ChannelEvents, EngineChannel } from './channel.ts';
import { createEventHandlers } from './events.ts';
import { createQueries } from './queries.ts';
import { createRecent } from './recent.ts';
import { createEngineClient } from './requests.ts';
import { createPruning } from './prune.ts';
import { type Counters, createStatus } from './status.ts';
import { createSubscriptions } from './subscriptions.ts';

export interface LedgerParts {
  readonly channel: EngineChannel;
  readonly opened: OpenedState;
  /** Hands the engine's events over, those kept back until now first. */
  readonly follow: (events: ChannelEvents) => void;
  readonly verifierKey: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  readonly cursors: Cursors;
  readonly options: LedgerOptions;
}

/** The face of the ledger: hands entries to the engine, and keeps the few numbers a caller looks at. */
export function createLedger(parts: LedgerParts): Ledger {
  const { channel, opened, follow, verifierKey, clock, log, newId, cursors, options } = parts;
  const counters: Counters = { ...opened };
  const engine = createEngineClient(channel);
  const recent = createRecent();
  const appends = createAppends({
    post: (batch) => channel.post({ type: 'append', ...batch }),
    interest: () => subscriptions.interest,
    clock,
    newId,
    untold: ({ refused, problem }) =>
      log.error('Entries were refused, and no entry of the ledger says so.', { refused, problem }),
    options,
  });

  const queries = createQueries({ engine, verifierKey, signedSize: () => counters.signedSize });

  const subscriptions = createSubscriptions({
    feed: {
      get size() {
        return counters.size;
      },
      get minimumIndex() {
        return counters.minimumIndex;
      },
      get signedSize() {
        return counters.signedSize;
      },
      readTexts: (from, limit) => engine.ask('read', { from, limit }),
    },
    recent,
    cursors,
    log,
    restMs: options.subscriberRestMs,
  });

  const state = createStatus({ counters, appends, options });
  follow(createEventHandlers({ counters, appends, engine, recent, subscriptions, state, log, options }));

  return {
    append: appends.append,
    status: state.status,
    onStatus: state.onChange,
    verifierKey,
    lastChange: opened.lastChange,
    search: queries.search,
    find: queries.find,
    prove: queries.prove,
    proveConsistency: queries.proveConsistency,
    exportRange: queries.exportRange,
    subscribe: subscriptions.subscribe,
    prune: createPruning({ counters, appends, engine, subscriptions, clock, newId }),
    async close() {
      await subscriptions.close();
      await appends.finish(() => engine.ask('reopen', {}));
      try {
        await engine.ask('close', {});
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        log.warn('The last entries could not be signed; they are at the next opening.', { code: error.code });
      } finally {
        await channel.end();
      }
    },
  };
}
