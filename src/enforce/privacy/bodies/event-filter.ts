import type { JsonObject } from '../../../kernel/index.ts';
import type { Writing } from '../scan/view.ts';
import type { Delta, ReadEvent } from './events.ts';
import { readPlace } from './find.ts';
import { filterTexts, type TextFilter, withValues } from './rewrite.ts';
import type { Unread } from './texts.ts';

/** What leaves instead of an event: itself, changed where it must be, after what was held back of texts that end with it. */
export interface FilteredEvent {
  readonly data: readonly string[];
  readonly unread: readonly Unread[];
}

interface Channel {
  readonly filter: TextFilter;
  /** The last piece that came, whose event can carry the rest. */
  last: Delta;
}

/**
 * Filters the texts of a stream of events, each text by itself over all the events it comes in. A piece that is held back leaves with a later
 * piece, or in an event of its own before the text ends. Everything else of an event stays as it is, byte for byte.
 */
export class EventFilter {
  readonly #read: ReadEvent;
  readonly #createFilter: (writing: Writing) => TextFilter;
  readonly #channels = new Map<string, Channel>();

  constructor(read: ReadEvent, createFilter: (writing: Writing) => TextFilter) {
    this.#read = read;
    this.#createFilter = createFilter;
  }

  /** `data` is the event as it came; what `document` was parsed from. */
  push(document: JsonObject, data: string): FilteredEvent {
    const { deltas, ended, texts } = this.#read(document);
    let text = filterTexts({ document, text: data, places: texts.places }, this.#createFilter);
    const changed = deltas.flatMap((delta) => {
      const { read } = readPlace({ path: delta.path, kind: 'text', group: 0 }, { document, text: data });
      const filtered = this.#channelOf(delta).filter.push(read);
      return filtered === read ? [] : [{ path: delta.path, written: JSON.stringify(filtered) }];
    });
    if (changed.length > 0) text = withValues(text, changed);
    const rest = ended.flatMap((prefix) => this.#finish(prefix));
    // What is new in this event stands before what was held back of it, unless the event itself says that the text has ended.
    return {
      data: deltas.length > 0 && rest.length > 0 ? this.#around(document, text, rest) : [...rest, text],
      unread: texts.unread,
    };
  }

  /** At the end of the stream: what is still held back. */
  end(): string[] {
    return this.#finish('');
  }

  /** The last pieces of an event that also ends its texts: they leave in events before it, and the event itself without them. */
  #around(document: JsonObject, text: string, rest: readonly string[]): string[] {
    const { deltas } = this.#read(document);
    const current = JSON.parse(text) as JsonObject;
    const before = deltas.flatMap((delta) => {
      const { read } = readPlace({ path: delta.path, kind: 'text', group: 0 }, { document: current, text });
      return read === '' ? [] : [JSON.stringify(delta.carry(read))];
    });
    const emptied = withValues(
      text,
      deltas.map(({ path }) => ({ path, written: '""' })),
    );
    return [...before, ...rest, emptied];
  }

  #channelOf(delta: Delta): Channel {
    const known = this.#channels.get(delta.channel);
    if (known) {
      known.last = delta;
      return known;
    }
    const channel = { filter: this.#createFilter(delta.writing), last: delta };
    this.#channels.set(delta.channel, channel);
    return channel;
  }

  #finish(prefix: string): string[] {
    const events: string[] = [];
    for (const [name, { filter, last }] of this.#channels) {
      if (!name.startsWith(prefix)) continue;
      this.#channels.delete(name);
      const rest = filter.end();
      if (rest !== '') events.push(JSON.stringify(last.carry(rest)));
    }
    return events;
  }
}
