import type { JsonObject } from '../../../kernel/index.ts';
import type { ReadEvent } from './events.ts';
import {
  type AnswerGuard,
  createTextFilter,
  filterPlaces,
  replacePlaces,
  type TextFilter,
} from './rewrite.ts';
import { createSeamFilter, seam } from './seam-filter.ts';
import { doAtOnce, doSoon, type Slices } from './slices.ts';
import type { TextPlace, Unread } from './texts.ts';
import { type Piece, Walk } from './walk.ts';

/** What leaves instead of an event: itself, changed where it must be, after what was held back of texts that end with it. */
export interface FilteredEvent {
  readonly data: readonly string[];
  readonly unread: readonly Unread[];
}

interface Channel {
  readonly filter: TextFilter;
  /** The last piece that came, whose event is made again to carry the rest. */
  last: Piece;
  /** The last event as it left, without its pieces; where it is copied to carry the rest. */
  copy: string | undefined;
  /** The end of what came. */
  tail: string;
}

/** No stream of a model has as many texts at a time. */
const maxChannels = 1024;

/** Short texts that come again with every event are inspected once. */
const maxKnown = 64;
const longestKnown = 128;

/**
 * Filters the texts of a stream of events, each text by itself over all the events it comes in. A piece that is held back leaves with a later
 * piece, or in an event of its own before the text ends; that event is made of members the wire defines and of nothing else. Every other part
 * of an event is inspected in the event it comes in, and what holds nothing stays as it is, byte for byte.
 */
export class EventFilter {
  readonly #read: ReadEvent;
  readonly #guard: AnswerGuard;
  readonly #channels = new Map<string, Channel>();
  /** Texts that hold nothing. */
  readonly #clean = new Set<string>();
  /** How texts ended that others may go on from, by what they have in common. */
  readonly #tails = new Map<string, string>();

  constructor(read: ReadEvent, guard: AnswerGuard) {
    this.#read = read;
    this.#guard = guard;
  }

  /** `data` is the event as it came; what `document` was parsed from. Throws where it holds what cannot be taken out. */
  push(document: JsonObject, data: string): FilteredEvent {
    return doAtOnce(this.#filter(document, data));
  }

  /** The same; of a large event in turns with other work. */
  pushSoon(document: JsonObject, data: string): FilteredEvent | Promise<FilteredEvent> {
    return doSoon(this.#filter(document, data), data.length);
  }

  /** A short text that is no part of an event's data: the name of its type. */
  text(value: string): string {
    if (this.#clean.has(value)) return value;
    const filter = createTextFilter(this.#guard, 'text');
    const filtered = filter.push(value) + filter.end();
    if (filtered === value) this.#remember(value);
    return filtered;
  }

  *#filter(document: JsonObject, data: string): Slices<FilteredEvent> {
    const { shape, scope, ended, copies } = this.#read(document);
    const { pieces, texts } = yield* new Walk().read(document, shape, scope);
    const isClean = (value: string): boolean => this.#clean.has(value);
    const places = texts.places.filter((place) => !this.#isKnown(place));
    let text = data;
    if (places.length > 0) {
      text = yield* filterPlaces({ text: data, places }, this.#guard);
      if (text === data) for (const place of places) if (isShortText(place)) this.#remember(place.value);
    }
    if (pieces.length === 0 && ended.length === 0) return { data: [text], unread: texts.unread };
    const filtered = pieces.map((piece) => this.#push(piece));
    const rest = ended.flatMap((prefix) => this.#finish(prefix));
    // What is new in this event is before what was held back of it, unless the event itself says that the text has ended.
    const endsItself = pieces.length > 0 && rest.length > 0;
    const before = endsItself
      ? pieces.flatMap((piece, index) =>
          filtered[index] ? [JSON.stringify(piece.carry(filtered[index], isClean))] : [],
        )
      : [];
    const changed = pieces.flatMap(({ path, text: came }, index) => {
      const written = endsItself ? '' : (filtered[index] ?? '');
      return written === came ? [] : [{ place: { path, kind: 'text' as const }, written }];
    });
    if (copies) yield* this.#copy(text, pieces);
    text = yield* replacePlaces(text, changed);
    return { data: [...before, ...rest, text], unread: texts.unread };
  }

  *#copy(text: string, pieces: readonly Piece[]): Slices<void> {
    const emptied = pieces.map(({ path }) => ({ place: { path, kind: 'text' as const }, written: '' }));
    const copy = yield* replacePlaces(text, emptied);
    for (const piece of pieces) this.#channelOf(piece).copy = copy;
  }

  /** At the end of the stream: what is still held back. */
  end(): string[] {
    return this.#finish('');
  }

  #isKnown(place: TextPlace): boolean {
    return isShortText(place) && this.#clean.has(place.value);
  }

  #remember(value: string): void {
    if (this.#clean.size < maxKnown && value.length <= longestKnown) this.#clean.add(value);
  }

  #push(piece: Piece): string {
    const channel = this.#channelOf(piece);
    channel.tail = (channel.tail + piece.text).slice(-seam);
    return channel.filter.push(piece.text);
  }

  #createFilter({ channel, writing }: Piece): TextFilter {
    const filter = createTextFilter(this.#guard, writing);
    const before = this.#tails.get(laneOf(channel));
    const { redact } = this.#guard;
    return before !== undefined && redact && writing === 'text'
      ? createSeamFilter(filter, { before, redact })
      : filter;
  }

  #channelOf(piece: Piece): Channel {
    const known = this.#channels.get(piece.channel);
    if (known) {
      known.last = piece;
      return known;
    }
    if (this.#channels.size >= maxChannels) throw new RangeError('too many texts in one stream');
    const channel = { filter: this.#createFilter(piece), last: piece, copy: undefined, tail: '' };
    this.#channels.set(piece.channel, channel);
    return channel;
  }

  #finish(prefix: string): string[] {
    const events: string[] = [];
    for (const [name, { filter, last, copy, tail }] of this.#channels) {
      if (!name.startsWith(prefix)) continue;
      this.#channels.delete(name);
      if (last.writing === 'text') this.#tails.set(laneOf(name), tail);
      const rest = filter.end();
      if (rest === '') continue;
      const written = { place: { path: last.path, kind: 'text' as const }, written: rest };
      events.push(
        copy === undefined
          ? JSON.stringify(last.carry(rest, (value) => this.#clean.has(value)))
          : doAtOnce(replacePlaces(copy, [written])),
      );
    }
    return events;
  }
}

/** What texts of one kind have in common: all of a channel's name but its numbers. */
const laneOf = (channel: string): string => channel.replaceAll(/(?<=^|\/)(?:\d+|null)\//g, '');

const isShortText = ({ kind, lane, value }: TextPlace): boolean =>
  kind === 'text' && lane === undefined && value.length <= longestKnown;
