import type { Confidence, Place, Rule, Span, Wake } from '../detector.ts';
import {
  asciiClasses,
  classOf,
  digit,
  isAlphanumeric,
  isDigit,
  isLetter,
  letter,
  solid,
} from './characters.ts';
import type { Candidate, Scan, ScanOptions } from './candidate.ts';
import {
  type Compiled,
  type CompiledDetectors,
  type CompiledLiteral,
  shapeIndex,
  wakeCodes,
} from './compile.ts';
import { isJoined, longestWord, startOfTail } from './edges.ts';
import {
  digitStep,
  letterStep,
  longestDigits,
  longestLetters,
  separatorSteps,
  stepsOfNode,
} from './pictures.ts';
import { around, isNear, nowhere } from './surroundings.ts';

/** How far before and behind a value a context word counts. */
const wordsBefore = 64;
const wordsAfter = 32;
const longestLookBack = 64;

/**
 * One walk over a text. Each pair of neighbouring characters is looked up in a table; of prose, nearly all mean nothing. What is found
 * depends only on a bounded neighbourhood of where it stands, never on where the text was cut, which is what makes streams exact.
 */
export function scan(compiled: CompiledDetectors, text: string, { from, final, isAscii }: ScanOptions): Scan {
  const walk = new Walk(compiled, text, { final, isAscii });
  walk.run(from);
  const { candidates } = walk;
  return { candidates, decidedTo: final ? text.length : Math.min(walk.waitFrom, startOfTail(text)) };
}

class Walk {
  readonly candidates: Candidate[] = [];
  /** The least place from which more text could make a difference. */
  waitFrom = Number.POSITIVE_INFINITY;
  readonly #compiled: CompiledDetectors;
  readonly #text: string;
  readonly #final: boolean;
  readonly #isAscii: boolean;

  #solidFrom: number | undefined;
  #before = nowhere;
  #after = nowhere;

  constructor(compiled: CompiledDetectors, text: string, { final, isAscii }: Omit<ScanOptions, 'from'>) {
    this.#isAscii = isAscii;
    this.#compiled = compiled;
    this.#text = text;
    this.#final = final;
  }

  run(from: number): void {
    if (this.#isAscii) return this.#runBytes(from);
    const units = unitsOf(this.#text);
    const { wakes } = this.#compiled;
    const { length } = units;
    let previous = from > 0 ? (units[from - 1] as number) : 0;
    if (previous > 127) previous = 0;
    for (let at = from; at < length; at++) {
      const code = units[at] as number;
      if (code > 127) {
        previous = 0;
        continue;
      }
      const woken = wakes[(previous << 7) | code];
      previous = code;
      if (woken !== 0) this.#wake(woken as number, at);
    }
  }

  #runBytes(from: number): void {
    const bytes = Buffer.from(this.#text, 'latin1');
    const { wakes } = this.#compiled;
    const { length } = bytes;
    let previous = from > 0 ? (bytes[from - 1] as number) : 0;
    for (let at = from; at < length; at++) {
      const code = bytes[at] as number;
      const woken = wakes[(previous << 7) | code] as number;
      previous = code;
      if (woken !== 0) this.#wake(woken, at);
    }
  }

  #wake(woken: number, at: number): void {
    switch (woken) {
      case wakeCodes.digits:
        return this.#digits(at);
      case wakeCodes.at:
        return this.#rules('at', at);
      case wakeCodes.scheme:
        return this.#rules('scheme', at);
      case wakeCodes.colons:
        return this.#rules('colons', at);
      default:
        return this.#literals(woken - wakeCodes.literals, at);
    }
  }

  #literals(bucket: number, at: number): void {
    const rows = this.#compiled.literals[bucket] ?? [];
    for (const row of rows) {
      const start = at - 1 - row.offset;
      if (start >= 0 && this.#text.startsWith(row.literal, start)) this.#literal(row, start);
    }
  }

  #literal(row: CompiledLiteral, start: number): void {
    const { rule } = row;
    if (start > 0 && isAlphanumeric(this.#text.charCodeAt(start - 1)) && !this.#isEscaped(start)) return;
    const { pattern, longest } = rule;
    const reach = start + longest + 1;
    if (reach > this.#text.length && (rule.spaced || this.#isSolid(start))) this.#waitAt(start);
    pattern.lastIndex = start;
    const match = pattern.exec(this.#text);
    if (!match || match[0].length > longest) return;
    // A group stands at the end: the value, of which the rest is the name.
    const value = match[1] ?? match[0];
    if (rule.check?.(value) === false) return;
    const end = start + match[0].length;
    this.#judge(row, rule.confidence, { origin: start, start: end - value.length, end });
  }

  /** `\n4111…`: the letter belongs to the escape of some program's source, and the word begins behind it. */
  #isEscaped(start: number): boolean {
    return start > 1 && this.#text.charCodeAt(start - 2) === 0x5c;
  }

  /** Whether no space or bracket stands between a place and the end of the text. */
  #isSolid(from: number): boolean {
    if (this.#solidFrom === undefined) {
      let at = this.#text.length;
      while (at > 0 && (classOf(this.#text.charCodeAt(at - 1)) & solid) !== 0) at--;
      this.#solidFrom = at;
    }
    return from >= this.#solidFrom;
  }

  #rules(wake: Wake, at: number): void {
    for (const row of this.#compiled.rulesOf[wake]) {
      this.#ask(row, { text: this.#text, at, wordStart: at, wordEnd: at, end: this.#text.length });
    }
  }

  #ask(row: Compiled<Extract<Rule, { kind: 'wake' }>>, place: Place): void {
    const found = row.rule.find(place);
    if (!found) return;
    if ('waitFrom' in found) {
      this.#waitAt(found.waitFrom);
      if (this.#final && found.span) this.#judgeSpan(row, found.span);
    } else this.#judgeSpan(row, found);
  }

  #judgeSpan(row: Compiled<Extract<Rule, { kind: 'wake' }>>, { start, end, confidence }: Span): void {
    this.#judge(row, confidence ?? row.rule.confidence, { origin: start, start, end });
  }

  /** A digit that begins a group. It starts something only if it is the first digit of its word. */
  #digits(at: number): void {
    const text = this.#text;
    let wordStart = at;
    const least = Math.max(0, at - longestLookBack);
    for (; wordStart > least; wordStart--) {
      const bits = bitsOf(text.charCodeAt(wordStart - 1));
      if (bits & digit) return;
      if (!(bits & letter)) break;
    }
    if (wordStart < at && wordStart > 0 && text.charCodeAt(wordStart - 1) === 0x5c) wordStart++;
    let wordEnd = at + 1;
    const most = Math.min(text.length, at + 2 * longestWord);
    while (wordEnd < most && bitsOf(text.charCodeAt(wordEnd)) & (digit | letter)) wordEnd++;
    this.#askAboutWord(at, wordStart, wordEnd);
    this.#pictures(wordStart);
    if (at - wordStart > 2) this.#pictures(at);
    const before = this.#lettersBefore(wordStart);
    if (before < wordStart) this.#pictures(before);
  }

  #askAboutWord(at: number, wordStart: number, wordEnd: number): void {
    const { rulesOf, rulesOfShape } = this.#compiled;
    const letters = at - wordStart;
    // Of a word that may go on it is not known how long it will be.
    const mayGoOn = wordEnd === this.#text.length && !this.#final;
    const rules = mayGoOn
      ? rulesOf.digits
      : (rulesOfShape[shapeIndex(wordEnd - wordStart, letters)] ?? rulesOf.digits);
    const isAfterPlus = letters === 0 && this.#text.charCodeAt(at - 1) === 0x2b;
    if (rules.length === 0 && !isAfterPlus) return;
    const place = { text: this.#text, at, wordStart, wordEnd, end: this.#text.length };
    for (const row of rules) this.#ask(row, place);
    if (isAfterPlus) for (const row of rulesOf.plus) this.#ask(row, place);
  }

  /** `X-1234567-L`, `AB 12 34 56 C`: one or two capitals and a separator before the word belong to some pictures. */
  #lettersBefore(wordStart: number): number {
    const text = this.#text;
    const mark = text.charCodeAt(wordStart - 1);
    if (mark !== 0x20 && mark !== 0x2d) return wordStart;
    let start = wordStart - 1;
    while (start > 0 && wordStart - start <= 3 && isCapital(text.charCodeAt(start - 1))) start--;
    const count = wordStart - 1 - start;
    const isWord = count > 0 && count < 3 && !(start > 0 && isAlphanumeric(text.charCodeAt(start - 1)));
    return isWord ? start : wordStart;
  }

  /** Walks the tree of pictures along the groups that begin here. */
  #pictures(start: number): void {
    const text = this.#text;
    const { next } = this.#compiled.tree;
    const { length } = text;
    let node = 1;
    let at = start;
    for (;;) {
      const groupStart = at;
      let code = at < length ? text.charCodeAt(at) : 0;
      const numeric = isDigit(code);
      const most = Math.min(length, groupStart + (numeric ? longestDigits : longestLetters) + 1);
      while (at < most && (numeric ? isDigit(code) : isLetter(code)))
        code = ++at < length ? text.charCodeAt(at) : 0;
      const count = at - groupStart;
      if (count === 0 || count > (numeric ? longestDigits : longestLetters)) return;
      if (at === length) this.#waitAt(start);
      node = next[node * stepsOfNode + (numeric ? digitStep(count) : letterStep(count))] ?? 0;
      if (node === 0) return;
      if (isAlphanumeric(code)) continue;
      this.#leaves(node, start, at);
      const step = code < 128 ? (separatorSteps[code] ?? 0) : 0;
      node = step === 0 ? 0 : (next[node * stepsOfNode + step] ?? 0);
      if (node === 0) return;
      at++;
      // `(020) 7946` has two.
      if (code === 0x29 && text.charCodeAt(at) === 0x20) at++;
      if (at >= length) return this.#waitAt(start);
    }
  }

  #leaves(node: number, start: number, end: number): void {
    const leaves = this.#compiled.tree.leaves[node];
    if (!leaves) return;
    const text = this.#text;
    if (end + 2 > text.length) this.#waitAt(start);
    if (isJoined(text, start, end)) return;
    // `(020) 7946 0958`: the tree begins at the digits.
    const opened = text.charCodeAt(start - 1) === openBracket && text.slice(start, end).includes(')');
    let compact: string | undefined;
    for (const row of leaves) {
      compact ??= text
        .slice(start, end)
        .replace(/[^A-Za-z0-9]+/g, '')
        .toUpperCase();
      const checked = row.rule.check?.(compact, row.picture) ?? true;
      if (checked === false) continue;
      const begin = opened ? start - 1 : start;
      this.#judge(row, checked === true ? row.rule.confidence : checked, {
        origin: begin,
        start: begin,
        end,
      });
    }
  }

  /** How sure it is, by what stands around it. */
  #judge(row: Compiled<Rule>, { alone, near }: Confidence, { origin, start, end }: Origin): void {
    let confidence = alone;
    if (near !== undefined && row.context) {
      this.#before = around(this.#text, this.#before, { from: start - wordsBefore, to: start });
      if (isNear(row.context, this.#before)) confidence = near;
      else {
        if (end + wordsAfter > this.#text.length) this.#waitAt(origin);
        this.#after = around(this.#text, this.#after, { from: end, to: end + wordsAfter });
        if (isNear(row.context, this.#after)) confidence = near;
      }
    }
    if (confidence !== undefined) this.candidates.push({ origin, start, end, confidence, order: row.order });
  }

  /** More text could make a difference to what begins here. */
  #waitAt(start: number): void {
    if (this.#final) return;
    // `(020) 7946 0958`: the tree begins at the digits, the number before them.
    const begin = this.#text.charCodeAt(start - 1) === openBracket ? start - 1 : start;
    if (begin < this.waitFrom) this.waitFrom = begin;
  }
}

/** The text as numbers in a row, which are read faster than the characters of a string. */
function unitsOf(text: string): Uint16Array {
  const { buffer, byteOffset } = Buffer.from(text, 'utf16le');
  return new Uint16Array(buffer, byteOffset, text.length);
}

interface Origin {
  readonly origin: number;
  readonly start: number;
  readonly end: number;
}

const openBracket = 0x28;

const bitsOf = (code: number): number => (code < 128 ? (asciiClasses[code] as number) : classOf(code));

const isCapital = (code: number): boolean => code >= 0x41 && code <= 0x5a;
