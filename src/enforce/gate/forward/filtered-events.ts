import type { FaultCode } from '../../../kernel/index.ts';
import { type ServerSentEvent, splitEvents } from '../wire/sse.ts';
import type { AnswerFilter } from './answer-filter.ts';

interface FilteredEventsOptions {
  readonly filter: AnswerFilter;
  readonly pass: (events: string) => void;
  readonly stop: (code: FaultCode) => void;
  readonly isOver: () => boolean;
  /** Reads an event for its usage; true for one that the caller does not get. */
  readonly isDropped: (data: string) => boolean;
  readonly checkOverrun: () => void;
  /** How many characters may wait while a large event is inspected. */
  readonly maxWaiting: number;
}

export interface FilteredEvents {
  push(text: string): void;
  /** A promise while events are still being inspected. */
  end(): void | Promise<void>;
}

/** Passes events through a filter, in their order; while a large one is inspected, in turns with other work, those behind it wait. */
export function createFilteredEvents(options: FilteredEventsOptions): FilteredEvents {
  const { filter, pass, stop, isOver, isDropped, checkOverrun, maxWaiting } = options;
  let busy: Promise<void> | undefined;
  const waiting: string[] = [];
  let waitingCharacters = 0;

  /** What may pass has passed before an event that may not ends the stream. */
  const filteredOr = (event: ServerSentEvent, before: () => void): string | Promise<string> => {
    try {
      return filter.event(event);
    } catch (error) {
      before();
      throw error;
    }
  };
  const run = (events: readonly ServerSentEvent[], from: number): void | Promise<void> => {
    let kept = '';
    for (let index = from; index < events.length && !isOver(); index++) {
      const event = events[index] as ServerSentEvent;
      if (isDropped(event.data)) continue;
      const written = filteredOr(event, () => pass(kept));
      if (typeof written === 'string') {
        kept += written;
        continue;
      }
      pass(kept);
      return written.then((text) => {
        pass(text);
        return run(events, index + 1);
      });
    }
    pass(kept);
    if (!isOver()) checkOverrun();
  };
  const drain = async (first: Promise<void>): Promise<void> => {
    try {
      await first;
      for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
        waitingCharacters -= text.length;
        await run(splitEvents(text), 0);
      }
    } catch {
      stop('data.answer');
    }
    busy = undefined;
  };
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch {
      stop('data.answer');
    }
  };
  const finish = (): void => guarded(() => isOver() || pass(filter.end()));
  return {
    push(text) {
      if (busy) {
        waiting.push(text);
        waitingCharacters += text.length;
        if (waitingCharacters > maxWaiting) stop('data.answer');
        return;
      }
      guarded(() => {
        const work = run(splitEvents(text), 0);
        if (work) busy = drain(work);
      });
    },
    end: () => (busy ? busy.then(finish) : finish()),
  };
}
