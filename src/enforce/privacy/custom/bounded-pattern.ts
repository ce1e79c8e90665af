/**
 * Reads a pattern in RE2 syntax far enough to know how long its matches can be, and bounds what repeats without end: a stream can only be
 * searched for what has a longest form.
 */
export interface BoundedPattern {
  readonly source: string;
  /** The most UTF-16 code units a match can have. */
  readonly longest: number;
}

/** What `*`, `+` and `{n,}` repeat at most. */
export const mostRepeats = 64;
export const longestMatch = 1024;
const deepest = 32;

/** Throws SyntaxError with a reason that repeats nothing of the pattern. */
export function boundPattern(source: string): BoundedPattern {
  const reader = new PatternReader(source);
  const longest = reader.readAlternatives(0);
  if (!reader.atEnd) throw new SyntaxError('a ) that closes nothing');
  if (longest > longestMatch)
    throw new SyntaxError(
      `a match could be ${longest} characters long, and ${longestMatch} is the most; say how often a part repeats at most, as in {1,20}`,
    );
  if (longest === 0) throw new SyntaxError('it matches nothing but the empty text');
  return { source: reader.written, longest };
}

class PatternReader {
  written = '';
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get atEnd(): boolean {
    return this.#at >= this.#source.length;
  }

  /** Alternatives up to a closing parenthesis or the end; gives the longest. */
  readAlternatives(depth: number): number {
    if (depth > deepest) throw new SyntaxError(`groups more than ${deepest} deep`);
    let longest = 0;
    let own = 0;
    while (!this.atEnd && this.#peek() !== ')') {
      if (this.#peek() === '|') {
        this.#take(1);
        longest = Math.max(longest, own);
        own = 0;
      } else own += this.#readRepeated(depth);
    }
    return Math.max(longest, own);
  }

  #readRepeated(depth: number): number {
    const length = this.#readAtom(depth);
    const quantifier = /^(?:[*+?]|\{(\d{1,4})(,?)(\d{0,4})\})/.exec(
      this.#source.slice(this.#at, this.#at + 16),
    );
    if (!quantifier) return length;
    const [text, least = '', comma = '', most = ''] = quantifier;
    this.#at += text.length;
    const [low, high] = bounds({ text, least, comma, most });
    this.written += `{${low},${high}}`;
    // Lazy: the first match that ends is taken.
    if (this.#peek() === '?') this.#take(1);
    return length * high;
  }

  #readAtom(depth: number): number {
    const character = this.#peek();
    switch (character) {
      case '(':
        return this.#readGroup(depth);
      case '[':
        return this.#readClass();
      case '\\':
        return this.#readEscape();
      case '^':
      case '$':
        throw new SyntaxError(
          '^ and $ mean nothing in a text that comes in pieces; use \\b for the edge of a word',
        );
      case '*':
      case '+':
      case '?':
        throw new SyntaxError(`a ${character} that repeats nothing`);
      case '.':
        this.#take(1);
        return 2;
      default: {
        const point = this.#source.codePointAt(this.#at) ?? 0;
        const length = point > 0xffff ? 2 : 1;
        this.#take(length);
        return length;
      }
    }
  }

  #readGroup(depth: number): number {
    const opening = /^\((?:\?(?:P?<[A-Za-z_]\w{0,31}>|([imsU-]{0,6})(:|\))))?/.exec(
      this.#source.slice(this.#at, this.#at + 48),
    );
    const [text = '', , end] = opening ?? [];
    if (text === '(' && this.#source.startsWith('(?', this.#at))
      throw new SyntaxError('a group of a kind that is not searched in linear time, such as look-ahead');
    this.#take(text.length);
    if (end === ')') return 0;
    const length = this.readAlternatives(depth + 1);
    if (this.#peek() !== ')') throw new SyntaxError('a ( that is not closed');
    this.#take(1);
    return length;
  }

  #readClass(): number {
    const end = /^\[\^?\]?(?:\[:\^?\w{1,10}:\]|\\[^]|[^\]\\])*\]/.exec(this.#source.slice(this.#at));
    if (!end) throw new SyntaxError('a [ that is not closed');
    this.#take(end[0].length);
    return 2;
  }

  #readEscape(): number {
    const escape = /^\\(?:[pP](?:\{\^?\w{1,40}\}|\w)|x(?:\{[0-9A-Fa-f]{1,6}\}|[0-9A-Fa-f]{2})|[^])/.exec(
      this.#source.slice(this.#at, this.#at + 48),
    )?.[0];
    if (escape === undefined) throw new SyntaxError('a \\ that escapes nothing');
    if (/^\\[AzZQEC]$/.test(escape)) throw new SyntaxError(`${escape} is not taken here`);
    this.#take(escape.length);
    if (/^\\[bB]$/.test(escape)) return 0;
    return /^\\[pPDSWx]/.test(escape) ? 2 : 1;
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  #take(count: number): void {
    this.written += this.#source.slice(this.#at, this.#at + count);
    this.#at += count;
  }
}

function bounds(quantifier: { text: string; least: string; comma: string; most: string }): [number, number] {
  const { text, least, comma, most } = quantifier;
  if (text === '?') return [0, 1];
  if (text === '*') return [0, mostRepeats];
  if (text === '+') return [1, mostRepeats];
  const low = Number(least);
  if (comma === '') return [low, low];
  const high = most === '' ? Math.max(low, mostRepeats) : Number(most);
  if (high < low) throw new SyntaxError('a repetition whose most is less than its least');
  return [low, high];
}
