import type { Detector, LiteralRule, PictureRule, Wake, WakeRule } from '../detector.ts';
import { createPictureTree, type PictureTree } from './pictures.ts';

/** A rule with what its detector says of it. `order` is its detector's place in the list, by which ties are settled. */
export interface Compiled<R> {
  readonly rule: R;
  readonly detector: Detector;
  readonly order: number;
  readonly context: RegExp | undefined;
}

export interface CompiledLiteral extends Compiled<LiteralRule> {
  readonly literal: string;
  /** How far into the literal the pair of characters stands that wakes it. */
  readonly offset: number;
}

export interface CompiledDetectors {
  readonly detectors: readonly Detector[];
  readonly tree: PictureTree<Compiled<PictureRule> & { readonly picture: string }>;
  /** By a pair of ASCII characters (first × 128 + second): 0 goes on, else what is woken. */
  readonly wakes: Uint8Array;
  readonly literals: readonly (readonly CompiledLiteral[])[];
  readonly rulesOf: Readonly<Record<Wake, readonly Compiled<WakeRule>[]>>;
  /** Those of `rulesOf.digits` that fit a word, at `shapeIndex`. */
  readonly rulesOfShape: readonly (readonly Compiled<WakeRule>[])[];
}

export const wakeCodes = { digits: 1, at: 2, scheme: 3, colons: 4, literals: 8 } as const;

/** Puts detectors together so that one walk over a text serves them all. */
export function compileDetectors(detectors: readonly Detector[]): CompiledDetectors {
  const pictures: { picture: string; leaf: Compiled<PictureRule> & { picture: string } }[] = [];
  const rulesOf: Record<Wake, Compiled<WakeRule>[]> = {
    digits: [],
    plus: [],
    at: [],
    scheme: [],
    colons: [],
  };
  const literals: CompiledLiteral[] = [];
  for (const [order, detector] of detectors.entries()) {
    const context = contextPattern(detector.context);
    for (const rule of detector.rules) {
      const shared = { detector, order, context };
      if (rule.kind === 'picture') {
        for (const picture of rule.pictures) pictures.push({ picture, leaf: { ...shared, rule, picture } });
      } else if (rule.kind === 'wake') rulesOf[rule.wake].push({ ...shared, rule });
      else
        for (const literal of rule.literals)
          literals.push({ ...shared, rule, literal, offset: rarestPair(literal) });
    }
  }
  const wakes = new Uint8Array(128 * 128);
  const buckets = bucketLiterals(literals, wakes);
  wakeSigns({ wakes, rulesOf, digits: pictures.length > 0 });
  const rulesOfShape = Array.from({ length: mostLetters * mostLength }, (_, index) =>
    rulesOf.digits.filter(({ rule }) => fitsShape(rule, index % mostLength, Math.floor(index / mostLength))),
  );
  return { detectors, tree: createPictureTree(pictures), wakes, literals: buckets, rulesOf, rulesOfShape };
}

const mostLetters = 36;
const mostLength = 96;

/** Where in `rulesOfShape` the rules for a word stand. */
export function shapeIndex(length: number, letters: number): number {
  return Math.min(letters, mostLetters - 1) * mostLength + Math.min(length, mostLength - 1);
}

function fitsShape({ word }: WakeRule, length: number, letters: number): boolean {
  if (!word) return true;
  const isWithin = (value: number, [least, most]: readonly [number, number]): boolean =>
    value >= least && value <= most;
  return isWithin(length, word.length) && isWithin(letters, word.letters);
}

function bucketLiterals(literals: readonly CompiledLiteral[], wakes: Uint8Array): CompiledLiteral[][] {
  const buckets: CompiledLiteral[][] = [];
  for (const row of literals) {
    const pair = row.literal.charCodeAt(row.offset) * 128 + row.literal.charCodeAt(row.offset + 1);
    const known = wakes[pair] ?? 0;
    if (known) buckets[known - wakeCodes.literals]?.push(row);
    else wakes[pair] = wakeCodes.literals + buckets.push([row]) - 1;
  }
  if (buckets.length > 255 - wakeCodes.literals) throw new RangeError('too many literals');
  return buckets;
}

function wakeSigns({
  wakes,
  rulesOf,
  digits,
}: {
  wakes: Uint8Array;
  rulesOf: CompiledDetectors['rulesOf'];
  digits: boolean;
}): void {
  const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
  const wanted = digits || rulesOf.digits.length > 0 || rulesOf.plus.length > 0;
  for (let first = 0; first < 128; first++) {
    for (let second = 0x30; second <= 0x39 && wanted; second++)
      if (!isDigit(first)) wakes[first * 128 + second] = wakeCodes.digits;
    if (rulesOf.at.length > 0) wakes[first * 128 + 0x40] = wakeCodes.at;
  }
  if (rulesOf.scheme.length > 0) wakes[0x3a * 128 + 0x2f] = wakeCodes.scheme;
  if (rulesOf.colons.length > 0) wakes[0x3a * 128 + 0x3a] = wakeCodes.colons;
}

/** Characters of prose and code, the most frequent first; what is not named is rare. */
const frequent = ' etaoinsrhldcumfpgwyb.,v-k"\'/:=()0123456789_ESTAINORCDLMPjxqzBFUHGWVYKX';

/** Where in a literal the two neighbours stand that are least often met in texts. A digit or @ as the second wakes others. */
function rarestPair(literal: string): number {
  const rank = (character: string): number => {
    const place = frequent.indexOf(character);
    return place < 0 ? frequent.length : place;
  };
  let best = -1;
  let bestRank = -1;
  for (let index = 0; index + 1 < literal.length; index++) {
    const second = literal.charAt(index + 1);
    if (/[0-9@]/.test(second) || literal.slice(index, index + 2) === ':/') continue;
    const sum = rank(literal.charAt(index)) + rank(second) + (literal.charAt(index) === second ? -10 : 0);
    if (sum > bestRank) [best, bestRank] = [index, sum];
  }
  if (best < 0) throw new TypeError('a literal needs two neighbours of which the second is no digit');
  return best;
}

/** Letters that make a word go on, in small. */
const wordLetters = '[a-z\\u00df-\\u024f\\u0370-\\u052f]';

/** Whole words, in a text of small letters; words of scripts that put no spaces between them, anywhere. */
function contextPattern(words: readonly string[] | undefined): RegExp | undefined {
  if (!words || words.length === 0) return undefined;
  const spell = (word: string): string =>
    word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '[ _-]?');
  const isSpaced = (word: string): boolean => /^[a-z\u00df-\u052f]/.test(word);
  const spaced = words.filter(isSpaced).map(spell);
  const others = words.filter((word) => !isSpaced(word)).map(spell);
  const whole = spaced.length > 0 ? [`(?<!${wordLetters})(?:${spaced.join('|')})(?!${wordLetters})`] : [];
  return new RegExp([...whole, ...others].join('|'));
}
