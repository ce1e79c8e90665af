import { settleOverlaps } from './findings.ts';
import { contextBehind, type Searcher } from './searcher.ts';
import { advance, type JsonState, readJson, readText, type View, type Writing } from './view.ts';

/** Something found in a text. It holds no part of the text. */
export interface Finding {
  readonly detector: string;
  /** From 0 to 1. */
  readonly confidence: number;
  /** In UTF-16 code units of the text as it was given. */
  readonly start: number;
  readonly end: number;
}

/** A stretch of text in which all is found that ever will be. */
export interface Stretch {
  readonly text: string;
  /** Places are of this stretch. */
  readonly findings: readonly StretchFinding[];
}

export interface StretchFinding extends Finding {
  /** What the detector saw: without invisible characters, look-alikes as what they look like. */
  readonly value: string;
  /** In JSON: stands outside every string, and what replaces it needs quotes. */
  readonly bare: boolean;
}

/** Longer pieces are looked at in parts of this many characters, so that memory does not grow with the text. */
const partLength = 65_536;

/** From here on looking at it all again with every piece would cost more than waiting for a little more. */
const longHeld = 256;

/**
 * Finds in a text that comes in pieces what would be found in it as a whole. Holds back what could still be part of a match, a bounded number of
 * characters.
 */
export class Finder {
  readonly #searcher: Searcher;
  readonly #writing: Writing;
  /** Context that is given out already, and then what is held. */
  #buffer = '';
  /** How much of the buffer is context. */
  #given = 0;
  /** How much must be held for another look. */
  #lookAgainAt = 0;
  /** Of the beginning of the buffer. */
  readonly #state: JsonState = { inString: false };

  constructor(searcher: Searcher, writing: Writing) {
    this.#searcher = searcher;
    this.#writing = writing;
  }

  /** Characters held back. */
  get held(): number {
    return this.#buffer.length - this.#given;
  }

  push(piece: string): Stretch[] {
    const stretches: Stretch[] = [];
    for (let at = 0; at < piece.length; at += partLength) {
      const part = piece.length > partLength ? piece.slice(at, at + partLength) : piece;
      this.#buffer += part;
      // What is held long is looked at again when there is a good deal more, and not with every character.
      if (this.held >= this.#lookAgainAt) stretches.push(this.#find(false));
    }
    return stretches;
  }

  end(): Stretch {
    return this.#find(true);
  }

  /** All of a text that comes in one piece, or its last one. */
  finish(piece: string): Stretch[] {
    if (piece.length > partLength) return [...this.push(piece), this.end()];
    this.#buffer += piece;
    return [this.#find(true)];
  }

  #find(final: boolean): Stretch {
    const buffer = this.#buffer;
    const view = this.#writing === 'json' ? readJson(buffer, this.#state, final) : readText(buffer, final);
    const from = firstPlaceFrom(view, this.#given);
    const { candidates, decidedTo } = this.#searcher.search(view.text, {
      from,
      final,
      isAscii: view.isAscii,
    });
    const decided = final ? buffer.length : Math.max(this.#given, originalOf(view, decidedTo));
    const given = this.#given;
    // No match crosses the structure of a JSON text.
    const within =
      this.#writing === 'json'
        ? candidates.filter(({ start, end }) => !view.text.slice(start, end).includes(structural))
        : candidates;
    const findings = settleOverlaps(within).map(
      ({ start, end, confidence, order }): StretchFinding => ({
        detector: this.#searcher.nameOf(order),
        confidence,
        start: Math.max(0, view.startOf(start) - given),
        end: view.endOf(end - 1) - given,
        value: view.text.slice(start, end),
        bare: view.isBare(start),
      }),
    );
    const stretch = { text: buffer.slice(given, decided), findings };
    this.#keepContext(view, decidedTo, decided);
    return stretch;
  }

  #keepContext(view: View, decidedTo: number, decided: number): void {
    const cut = Math.min(decided, decidedTo > contextBehind ? view.startOf(decidedTo - contextBehind) : 0);
    if (this.#writing === 'json') advance(this.#buffer.slice(0, cut), this.#state);
    this.#buffer = this.#buffer.slice(cut);
    this.#given = decided - cut;
    this.#lookAgainAt = this.held < longHeld ? 0 : this.held + this.held / 8;
  }
}

const structural = '\u0001';

/** Where in the original a place of the view begins; its end stands where the original was read to. */
function originalOf(view: View, place: number): number {
  return place < view.text.length ? view.startOf(place) : view.read;
}

/** The first place of a view that begins at or after a place of the original. */
function firstPlaceFrom(view: View, original: number): number {
  let [low, high] = [0, view.text.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (view.startOf(middle) < original) low = middle + 1;
    else high = middle;
  }
  return low;
}
