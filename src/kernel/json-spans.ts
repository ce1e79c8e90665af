import { endOfString } from './json-place.ts';

/** From the outermost value to one within: names of members, places in arrays. */
export type JsonPath = readonly (string | number)[];

/** Where a value is, and where the member that holds it begins: at its name. Outside of objects `from` is `start`. */
export interface MemberSpan {
  readonly from: number;
  readonly start: number;
  readonly end: number;
}

interface Wanted {
  readonly below: Map<string | number, Wanted>;
  readonly places: number[];
}

/** Work between two yields, in values visited; a skipped value counts by its characters. */
const valuesPerSlice = 1024;
const charactersPerValue = 32;

/**
 * Where values are in JSON text, each by its path; undefined where there is none. The text must be valid JSON, of bounded depth and without
 * duplicate names (`parseStrictJson`). It yields about every millisecond, so that a large body does not hold up other calls.
 */
export function* findMemberSpans(
  text: string,
  paths: readonly JsonPath[],
): Generator<void, (MemberSpan | undefined)[], void> {
  const root: Wanted = { below: new Map(), places: [] };
  for (const [index, path] of paths.entries()) {
    let node = root;
    for (const step of path) {
      const next = node.below.get(step) ?? { below: new Map(), places: [] };
      node.below.set(step, next);
      node = next;
    }
    node.places.push(index);
    if (index % valuesPerSlice === valuesPerSlice - 1) yield;
  }
  const spans: (MemberSpan | undefined)[] = paths.map(() => undefined);
  yield* new SpanWalk(text, spans).run(root);
  return spans;
}

/** A container that is open, of which some values are wanted. */
interface OpenContainer {
  readonly isObject: boolean;
  readonly wanted: Wanted;
  readonly from: number;
  readonly start: number;
  index: number;
}

/** Walks without recursion, so that the work can stop between any two values. */
class SpanWalk {
  readonly #text: string;
  readonly #spans: (MemberSpan | undefined)[];
  readonly #open: OpenContainer[] = [];
  #at = 0;

  constructor(text: string, spans: (MemberSpan | undefined)[]) {
    this.#text = text;
    this.#spans = spans;
  }

  *run(root: Wanted): Generator<void, void, void> {
    this.#at = skipSpace(this.#text, 0);
    this.#value(root, this.#at);
    let sliceEnd = this.#at + valuesPerSlice * charactersPerValue;
    for (let count = 0; this.#open.length > 0; count++) {
      this.#next();
      if (count < valuesPerSlice && this.#at < sliceEnd) continue;
      yield;
      count = 0;
      sliceEnd = this.#at + valuesPerSlice * charactersPerValue;
    }
  }

  /** The value that begins here; `from` is where its member begins. A container of which something is wanted is opened. */
  #value(wanted: Wanted | undefined, from: number): void {
    const start = this.#at;
    const code = this.#text.charCodeAt(start);
    if (wanted && wanted.below.size > 0 && (code === openBrace || code === openBracket)) {
      this.#open.push({ isObject: code === openBrace, wanted, from, start, index: 0 });
      this.#at = skipSpace(this.#text, start + 1);
      return;
    }
    this.#at = endOfValue(this.#text, start);
    if (wanted) this.#found(wanted, { from, start, end: this.#at });
  }

  /** The next value of the innermost open container, or its end. */
  #next(): void {
    const text = this.#text;
    const container = this.#open.at(-1);
    if (!container) return;
    this.#at = skipSpace(text, this.#at);
    const code = text.charCodeAt(this.#at);
    if (code === comma) this.#at = skipSpace(text, this.#at + 1);
    else if (code === closeBrace || code === closeBracket || this.#at >= text.length) {
      this.#at++;
      this.#open.pop();
      const { wanted, from, start } = container;
      return this.#found(wanted, { from, start, end: this.#at });
    }
    const from = this.#at;
    if (!container.isObject) return this.#value(container.wanted.below.get(container.index++), from);
    const nameEnd = endOfString(text, from) + 1;
    const written = text.slice(from + 1, nameEnd - 1);
    const name = written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written;
    this.#at = skipSpace(text, skipSpace(text, nameEnd) + 1);
    this.#value(container.wanted.below.get(name), from);
  }

  #found(wanted: Wanted, span: MemberSpan): void {
    for (const place of wanted.places) this.#spans[place] = span;
  }
}

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return endOfString(text, start) + 1;
  if (first !== openBrace && first !== openBracket) return endOfScalar(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === openBrace || code === openBracket) depth++;
    else if ((code === closeBrace || code === closeBracket) && --depth === 0) return at + 1;
  }
  return text.length;
}

function endOfScalar(text: string, start: number): number {
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isSpace(code) || code === comma || code === closeBracket || code === closeBrace) break;
  }
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
