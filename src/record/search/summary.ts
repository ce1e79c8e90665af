import { uuidTime } from '../../kernel/index.ts';
import type { Entry } from '../entry.ts';
import { fieldList } from './query.ts';

/** What the index keeps of some entries: of one bundle, or of one batch. It may say more than is there, never less. */
export interface Summary {
  /** What entries are found by: `kind:call.decided`. */
  readonly terms: readonly string[];
  /** When they happened. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** When their ids were made: an entry may be handed over later than its id. */
  readonly firstId: number;
  readonly lastId: number;
}

/** Entries that stand in a row, summed up together. */
export interface SummarizedPart {
  readonly entries: number;
  /** A `Summary` as JSON: it goes to another thread and waits there, and one text is nothing to a garbage collector that hundreds of terms would busy. */
  readonly summary: string;
}

/** Digits of a UUIDv7 that tell its time. */
const timeDigits = 13;

/** Sums entries up one by one. A class, because one is made for every batch on its way to the disk, and nearly every look finds what was there. */
class Summing {
  readonly #seen: readonly Set<string>[] = fieldList.map(() => new Set<string>());
  readonly #last: unknown[] = fieldList.map(() => undefined);
  #firstAt = Number.MAX_SAFE_INTEGER;
  #lastAt = 0;
  #firstId = Number.MAX_SAFE_INTEGER;
  #lastId = 0;
  #at = 0;
  #atText = '';
  #idTime = '';

  add(entry: Entry): void {
    // Values are compared before terms are made of them: there are few, and they come again and again.
    for (let index = 0; index < fieldList.length; index++) {
      const value = fieldList[index]?.[1](entry);
      if (value === this.#last[index] || typeof value !== 'string') continue;
      this.#last[index] = value;
      this.#seen[index]?.add(value);
    }
    if (entry.at !== this.#atText) this.#addTime(entry.at);
    if (this.#idTime === '' || !entry.id.startsWith(this.#idTime)) this.#addId(entry.id);
  }

  #addTime(text: string): void {
    this.#atText = text;
    // An unreadable time must not stop the index; such an entry is found by everything else.
    this.#at = Date.parse(text) || 0;
    if (this.#at < this.#firstAt) this.#firstAt = this.#at;
    if (this.#at > this.#lastAt) this.#lastAt = this.#at;
  }

  #addId(id: string): void {
    const time = uuidTime(id);
    this.#idTime = time === undefined ? '' : id.slice(0, timeDigits);
    const made = time ?? this.#at;
    if (made < this.#firstId) this.#firstId = made;
    if (made > this.#lastId) this.#lastId = made;
  }

  summary(): Summary {
    const terms: string[] = [];
    fieldList.forEach(([field], index) => {
      for (const value of this.#seen[index] ?? []) terms.push(`${field}:${value}`);
    });
    return {
      terms,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
      firstId: this.#firstId,
      lastId: this.#lastId,
    };
  }
}

/** A part counts for every bundle it reaches into: a long one would bring the terms of all its entries into each. */
const mostInPart = 128;

/** Sums up the entries of a batch as they come. A class, as its parts are. */
export class SummingParts {
  readonly #whole: SummarizedPart[] = [];
  #summing = new Summing();
  #entries = 0;

  add(entry: Entry): void {
    if (this.#entries === mostInPart) this.#close();
    this.#summing.add(entry);
    this.#entries += 1;
  }

  /** Nothing may be added after. */
  take(): readonly SummarizedPart[] {
    if (this.#entries > 0) this.#close();
    return this.#whole;
  }

  #close(): void {
    this.#whole.push({ entries: this.#entries, summary: JSON.stringify(this.#summing.summary()) });
    this.#summing = new Summing();
    this.#entries = 0;
  }
}

export function summarize(entries: readonly Entry[]): Summary {
  const summing = new Summing();
  for (const entry of entries) summing.add(entry);
  return summing.summary();
}

/** One summary over all of them. */
export function mergeSummaries(summaries: readonly Summary[]): Summary {
  const terms = new Set<string>();
  let [firstAt, lastAt, firstId, lastId] = [Number.MAX_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER, 0];
  for (const summary of summaries) {
    for (const term of summary.terms) terms.add(term);
    firstAt = Math.min(firstAt, summary.firstAt);
    lastAt = Math.max(lastAt, summary.lastAt);
    firstId = Math.min(firstId, summary.firstId);
    lastId = Math.max(lastId, summary.lastId);
  }
  return { terms: [...terms], firstAt, lastAt, firstId, lastId };
}
