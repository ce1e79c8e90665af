import type { Log } from '../../kernel/index.ts';
import type { EngineEvent } from '../engine/messages.ts';
import type { LedgerOptions } from '../settings.ts';
import type { Appends } from './appends.ts';
import type { ChannelEvents } from './channel.ts';
import type { Recent } from './recent.ts';
import type { EngineClient } from './requests.ts';
import type { Counters, Status } from './status.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface EventOptions {
  readonly counters: Counters;
  readonly appends: Appends;
  readonly engine: EngineClient;
  readonly recent: Recent;
  readonly subscriptions: Subscriptions;
  readonly state: Status;
  readonly log: Log;
  readonly options: Pick<LedgerOptions, 'diskStopBytes'>;
}

/** What the engine's events do on the caller's side. */
export function createEventHandlers(parts: EventOptions): ChannelEvents {
  const { counters, appends, engine, recent, subscriptions, state, log, options } = parts;

  const onDurable = ({ size, used }: Extract<EngineEvent, { type: 'durable' }>) => {
    const start = counters.size;
    const { entries, interest } = appends.durable(used);
    counters.size = size;
    if (subscriptions.count === 0) return;
    // Collected for other subscribers, entries may lack what those of now read; they read it back.
    if (interest === subscriptions.interest) recent.add(start, entries);
    subscriptions.wake();
  };

  const onDisk = (freeBytes: number) => {
    counters.freeBytes = freeBytes;
    appends.diskFull(freeBytes < options.diskStopBytes);
  };

  const onFailed = (problem: string) => {
    if (appends.problem === undefined)
      log.error('The ledger cannot be written; calls are refused.', { problem });
    appends.failed(problem);
  };

  const onRecovered = () => {
    log.info('The ledger can be written again.');
    appends.recovered();
  };

  const onStateEvent = (
    event: Extract<EngineEvent, { type: 'failed' | 'recovered' | 'signed' | 'disk' }>,
  ) => {
    if (event.type === 'failed') onFailed(event.problem);
    else if (event.type === 'recovered') onRecovered();
    else if (event.type === 'disk') onDisk(event.freeBytes);
    else counters.signedSize = event.size;
    state.changed();
  };

  onDisk(counters.freeBytes);
  return {
    onEvent(event) {
      if (event.type === 'durable') onDurable(event);
      else if (event.type === 'replied') engine.replied(event.id, event.value);
      else if (event.type === 'rejected') engine.rejected(event.id, event.code, event.detail);
      else if (event.type === 'warned') log.warn(event.message, { problem: event.problem });
      else if (!isOfOpening(event)) onStateEvent(event);
    },
    onEnded(problem) {
      onFailed(problem);
      engine.end(problem);
      state.changed();
    },
  };
}

function isOfOpening(
  event: EngineEvent,
): event is Extract<EngineEvent, { type: 'opened' | 'refused' | 'checking' }> {
  return event.type === 'opened' || event.type === 'refused' || event.type === 'checking';
}
