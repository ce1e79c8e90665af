import { classOf, digit, letter } from './characters.ts';
import {
  astralStandsFor,
  dropped,
  kindOfText,
  kinds,
  latinLookAlike,
  replaceLookAlikes,
  standsFor,
} from './look-alikes.ts';

/**
 * How a text is written. `text`: as it is. `json`: as JSON, whose strings hold escapes, and whose structure no match may cross: tool-call
 * arguments, as they are streamed in pieces.
 */
export type Writing = 'text' | 'json';

/** What a text says, as detectors read it: escapes decoded, look-alikes as what they look like, invisible characters left out. */
export interface View {
  readonly text: string;
  /** Where the character at a place of the view begins, and where it ends, in the original. */
  startOf(place: number): number;
  endOf(place: number): number;
  /** In JSON: the character stands outside every string, as a number does. */
  isBare(place: number): boolean;
  readonly isAscii: boolean;
  /** How much of the original was read: all, unless an escape or a surrogate pair at its end is not complete. */
  readonly read: number;
}

/** Carried from one piece of a JSON text to the next. */
export interface JsonState {
  inString: boolean;
}

/** What stands in a view for a quote that begins or ends a JSON string: no detector matches it. */
export const boundary = 0x01;

/** Of more invisible characters in a row one counts, so that a stream need not hold any number of them. */
const mostInvisible = 16;

/** Whether any character could stand for another. */
const notAscii = /[^\0-\x7f]/;

/** Reads a text. Not `final`: what may not be complete at its end is left unread. */
export function readText(text: string, final: boolean): View {
  if (!notAscii.test(text)) return plainView(text, true);
  const kind = !final && isHigh(text.charCodeAt(text.length - 1)) ? kinds.needsUnits : kindOfText(text);
  if (kind !== kinds.needsUnits)
    return plainView(kind === kinds.plain ? text : replaceLookAlikes(text), false);
  const units = new Units(text.length);
  const { length } = text;
  let at = 0;
  for (; at < length; at++) {
    const code = text.charCodeAt(at);
    if (isHigh(code)) {
      if (at + 1 === length && !final) break;
      const low = text.charCodeAt(at + 1);
      if (isLow(low)) {
        units.addPair({ high: code, low, start: at, middle: at + 1, end: at + 2 });
        at++;
        continue;
      }
    }
    units.add(code, at, at + 1);
  }
  return units.view(at);
}

/** Reads a piece of JSON text; `state` says where the piece before left off, and is moved on only by `advance`. */
export function readJson(text: string, state: JsonState, final: boolean): View {
  if (!needsUnits.test(text)) return plainJsonView(text, state.inString);
  const units = new Units(text.length);
  let { inString } = state;
  let at = 0;
  while (at < text.length) {
    const unit = jsonUnit(text, at);
    if (unit === undefined && !final) break;
    const { code, end } = unit ?? { code: text.charCodeAt(at), end: at + 1 };
    if (isHigh(code)) {
      const low = jsonUnit(text, end);
      if (low === undefined && !final) break;
      if (low && isLow(low.code)) {
        units.addPair({ high: code, low: low.code, start: at, middle: end, end: low.end });
        at = low.end;
        continue;
      }
    }
    if (code === 0x22 && end === at + 1) {
      inString = !inString;
      units.add(boundary, at, end);
    } else units.add(code, at, end, !inString);
    at = end;
  }
  return units.view(at);
}

/** Escapes, and what may stand for another character. */
const needsUnits = /[^\0-\x5b\x5d-\x7f]/;

/** JSON without escapes, each of whose characters is itself: nearly all of it. */
function plainJsonView(text: string, startsInString: boolean): View {
  return {
    ...plainView(text.replaceAll('"', String.fromCharCode(boundary)), true),
    isBare(place) {
      let inString = startsInString;
      for (let at = text.indexOf('"'); at >= 0 && at < place; at = text.indexOf('"', at + 1))
        inString = !inString;
      return !inString && text.charCodeAt(place) !== 0x22;
    },
  };
}

/** Moves the state over a text that ends between two characters. */
export function advance(text: string, state: JsonState): void {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) state.inString = !state.inString;
  }
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** The character that begins at a place and where it ends; undefined where it is not complete. RFC 8259 section 7. */
function jsonUnit(text: string, at: number): { code: number; end: number } | undefined {
  if (at >= text.length) return undefined;
  const code = text.charCodeAt(at);
  if (code !== 0x5c) return { code, end: at + 1 };
  if (at + 1 >= text.length) return undefined;
  const mark = text.charAt(at + 1);
  if (mark !== 'u') return { code: (escapes[mark] ?? mark).charCodeAt(0), end: at + 2 };
  const digits = text.slice(at + 2, at + 6);
  if (!/^[0-9A-Fa-f]*$/.test(digits)) return { code, end: at + 1 };
  return digits.length < 4 ? undefined : { code: Number.parseInt(digits, 16), end: at + 6 };
}

const isHigh = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
const isLow = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;

function plainView(text: string, isAscii: boolean): View {
  return {
    text,
    isAscii,
    startOf: (place) => place,
    endOf: (place) => place + 1,
    isBare: () => false,
    read: text.length,
  };
}

class Units {
  #codes: Uint16Array;
  #starts: Int32Array;
  #ends: Int32Array;
  #bare: Uint8Array;
  #count = 0;
  #invisible = 0;

  constructor(most: number) {
    this.#codes = new Uint16Array(most);
    this.#starts = new Int32Array(most);
    this.#ends = new Int32Array(most);
    this.#bare = new Uint8Array(most);
  }

  // oxlint-disable-next-line eslint/max-params -- called for every character
  add(code: number, start: number, end: number, bare = false): void {
    const stands = code < 128 ? code : standsFor(code);
    if (stands === dropped && ++this.#invisible <= mostInvisible) return;
    const place = this.#count++;
    this.#invisible = 0;
    this.#codes[place] = stands === dropped ? code : stands;
    this.#starts[place] = start;
    this.#ends[place] = end;
    this.#bare[place] = bare ? 1 : 0;
  }

  addPair({
    high,
    low,
    start,
    middle,
    end,
  }: {
    high: number;
    low: number;
    start: number;
    middle: number;
    end: number;
  }): void {
    const stands = astralStandsFor((high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000);
    if (stands === dropped && ++this.#invisible <= mostInvisible) return;
    if (stands !== 0 && stands !== dropped) return this.add(stands, start, end);
    this.add(high, start, middle);
    this.add(low, middle, end);
  }

  view(read: number): View {
    this.#foldLetters();
    const [starts, ends, bare] = [this.#starts, this.#ends, this.#bare];
    const codes = this.#codes.subarray(0, this.#count);
    return {
      text: Buffer.from(codes.buffer, codes.byteOffset, codes.byteLength).toString('utf16le'),
      isAscii: false,
      startOf: (place) => starts[place] ?? read,
      endOf: (place) => ends[place] ?? read,
      isBare: (place) => bare[place] === 1,
      read,
    };
  }

  /**
   * A Greek or Cyrillic letter near Latin letters or digits of the same word is read as the Latin letter it looks like. Words of one script
   * stay as they are.
   */
  #foldLetters(): void {
    const codes = this.#codes;
    const near = new Uint8Array(this.#count);
    for (const [first, step] of [
      [0, 1],
      [this.#count - 1, -1],
    ] as const) {
      let distance = mixedWithin;
      for (let place = first; place >= 0 && place < this.#count; place += step) {
        const code = codes[place] ?? 0;
        if (code < 128) distance = isWordSign(code) ? 0 : mixedWithin;
        else if ((classOf(code) & letter) === 0) distance = mixedWithin;
        else if (distance < mixedWithin) {
          near[place] = 1;
          distance++;
        }
      }
    }
    for (let place = 0; place < this.#count; place++)
      if (near[place] === 1) codes[place] = latinLookAlike(codes[place] ?? 0) || (codes[place] ?? 0);
  }
}

/** How far within a word a Latin letter makes a look-alike suspicious. */
const mixedWithin = 24;

const isWordSign = (code: number): boolean =>
  (classOf(code) & (letter | digit)) !== 0 || code === 0x40 || code === 0x5f;
