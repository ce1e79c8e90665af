import { type Clock, Fault, type Log } from '../../kernel/index.ts';
import type { EngineEvent, OpenedState } from '../engine/messages.ts';
import type { Entry } from '../entry.ts';
import { writeExport } from '../export.ts';
import type { Ledger, LedgerStatus, RecordedEntry } from '../ledger.ts';
import type { SearchQuery } from '../search/query.ts';
import type { LedgerOptions } from '../settings.ts';
import type { Cursors } from '../store.ts';
import { createAppends } from './appends.ts';
import type { EngineChannel } from './channel.ts';
import type { Follow } from './open.ts';
import { createRecent } from './recent.ts';
import { createEngineClient } from './requests.ts';
import { createSubscriptions } from './subscriptions.ts';

export interface LedgerParts {
  readonly channel: EngineChannel;
  readonly opened: OpenedState;
  readonly follow: Follow;
  readonly verifierKey: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  readonly cursors: Cursors;
  readonly options: LedgerOptions;
}

interface Counters {
  size: number;
  signedSize: number;
  minimumIndex: number;
  freeBytes: number;
}

export function createLedger({
  channel,
  opened,
  follow,
  verifierKey,
  clock,
  log,
  newId,
  cursors,
  options,
}: LedgerParts): Ledger {
  const { size, signedSize, minimumIndex, freeBytes } = opened;
  const counters: Counters = { size, signedSize, minimumIndex, freeBytes };
  const engine = createEngineClient(channel);
  const recent = createRecent();
  const listeners = new Set<(status: LedgerStatus) => void>();
  const appends = createAppends({
    post: (text) => channel.post({ type: 'append', text }),
    clock,
    newId,
    options,
  });

  const recorded = (index: number, entry: Entry): RecordedEntry => ({
    index,
    entry,
    signed: index < counters.signedSize,
  });

  const read = async (from: number, limit: number): Promise<readonly RecordedEntry[]> => {
    const entries =
      recent.slice(from, limit) ??
      (await engine.ask('read', { from, limit })).map((text) => JSON.parse(text) as Entry);
    return entries.map((entry, offset) => recorded(from + offset, entry));
  };

  const subscriptions = createSubscriptions({
    feed: {
      get size() {
        return counters.size;
      },
      get minimumIndex() {
        return counters.minimumIndex;
      },
      read,
    },
    cursors,
    log,
    restMs: options.subscriberRestMs,
  });

  const status = (): LedgerStatus => {
    const diskLow = counters.freeBytes < options.diskWarnBytes;
    const problem = appends.problem ?? (diskLow ? 'disk low' : undefined);
    return {
      writable: appends.problem === undefined,
      ...(problem === undefined ? {} : { problem }),
      size: counters.size,
      signedSize: counters.signedSize,
      outstanding: appends.outstanding,
      freeBytes: counters.freeBytes,
      diskLow,
    };
  };
  const tell = () => {
    const present = status();
    for (const listener of listeners) listener(present);
  };

  const onDurable = (newSize: number) => {
    const entries = appends.durable();
    if (subscriptions.count > 0) {
      recent.add(counters.size, entries);
      counters.size = newSize;
      subscriptions.wake();
    }
    counters.size = newSize;
  };

  const onDisk = (free: number) => {
    counters.freeBytes = free;
    appends.diskFull(free < options.diskStopBytes);
  };

  const onFailed = (problem: string) => {
    if (appends.problem === undefined)
      log.error('The ledger cannot be written; calls are refused.', { problem });
    appends.failed(problem);
  };

  const onEvent = (event: EngineEvent) => {
    if (event.type === 'durable') {
      onDurable(event.size);
      return;
    }
    if (event.type === 'replied') engine.replied(event.id, event.value);
    else if (event.type === 'rejected') engine.rejected(event.id, event.code, event.detail);
    else if (event.type === 'warned') log.warn(event.message, { problem: event.problem });
    else {
      if (event.type === 'failed') onFailed(event.problem);
      else if (event.type === 'signed') counters.signedSize = event.size;
      else if (event.type === 'disk') onDisk(event.freeBytes);
      else if (event.type === 'recovered') {
        log.info('The ledger can be written again.');
        appends.recovered();
      }
      tell();
    }
  };

  async function* search(query: SearchQuery): AsyncIterable<RecordedEntry> {
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    let from = query.from;
    while (left > 0) {
      const limited = Number.isFinite(left) ? { limit: left } : {};
      const page = await engine.ask('search', {
        ...query,
        ...limited,
        ...(from === undefined ? {} : { from }),
      });
      for (const { index, text } of page.hits) yield recorded(index, JSON.parse(text) as Entry);
      left -= page.hits.length;
      if (page.next === undefined) return;
      from = page.next;
    }
  }

  const find = async (id: string): Promise<RecordedEntry | undefined> => {
    for await (const found of search({ id, limit: 1, order: 'newest' })) return found;
    return undefined;
  };

  async function* exportRange(span: {
    readonly since?: number;
    readonly until?: number;
  }): AsyncIterable<string> {
    for await (const first of search({ ...span, limit: 1 })) {
      for await (const last of search({ ...span, limit: 1, order: 'newest' })) {
        const range = { begin: first.index, end: last.index + 1 };
        const proof = await engine.ask('range', range);
        yield* writeExport({
          verifierKey,
          range,
          proof,
          read: (from, limit) => engine.ask('read', { from, limit }),
        });
      }
    }
  }

  const prune = async (olderThan: number): Promise<number> => {
    const notAfter = Math.min(subscriptions.slowest, counters.size);
    const plan = await engine.ask('planPrune', { olderThan, notAfter });
    if (plan.minimumIndex <= counters.minimumIndex) return counters.minimumIndex;
    const at = new Date(clock.now()).toISOString();
    const detail = { minimumIndex: plan.minimumIndex, olderThan: new Date(olderThan).toISOString() };
    await appends.append({
      id: newId(),
      at,
      kind: 'ledger.pruned',
      actor: 'system',
      outcome: 'succeeded',
      detail,
    });
    // The entry is signed before anything goes, so that no missing file is ever unexplained.
    await engine.ask('integrate', {});
    await engine.ask('prune', plan);
    counters.minimumIndex = plan.minimumIndex;
    return plan.minimumIndex;
  };

  follow({
    onEvent,
    onEnded(problem) {
      onFailed(problem);
      engine.end(problem);
      tell();
    },
  });
  onDisk(freeBytes);

  return {
    append: appends.append,
    get status() {
      return status();
    },
    onStatus(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    verifierKey,
    search,
    find,
    async prove(id) {
      const found = await find(id);
      if (!found) return undefined;
      return { index: found.index, ...(await engine.ask('prove', { index: found.index })) };
    },
    async proveConsistency(first) {
      return { first, ...(await engine.ask('consistency', { first })) };
    },
    exportRange,
    subscribe: subscriptions.subscribe,
    prune,
    async close() {
      await subscriptions.close();
      await appends.finish();
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
