/** The classes of a policy that names none, least sensitive first. */
export const defaultClasses = ['public', 'internal', 'confidential', 'restricted'] as const;
export type DefaultClass = (typeof defaultClasses)[number];

/** What detectors are called together in a policy. */
export const families = [
  'contact',
  'financial',
  'identity',
  'health',
  'network',
  'secret',
  'custom',
] as const;
export type Family = (typeof families)[number];

/** A detector as data. Everything it finds is found by its rules. */
export interface Detector {
  /** `card`, `us-ssn`: as policies, findings and entries call it. */
  readonly name: string;
  readonly title: string;
  readonly family: Family;
  /** The region pack it belongs to; without one it is always looked for. */
  readonly region?: string;
  readonly class: DefaultClass;
  /** Texts it finds something in. */
  readonly examples: readonly [string, ...string[]];
  /** Words that stand near such a value and make it surer; lower case, whole words. */
  readonly context?: readonly string[];
  readonly rules: readonly Rule[];
}

/**
 * How sure a finding is, from 0 to 1: standing alone, and with a context word near. Without `alone` the shape is too weak to mean
 * anything by itself, and is found only near a context word.
 */
export interface Confidence {
  readonly alone?: number;
  readonly near?: number;
}

export type Rule = PictureRule | LiteralRule | WakeRule;

/**
 * Groups of digits and letters, as `999-99-9999` or `AA999999A`: `9` a digit, `A` a letter, `~` one and the same of space, hyphen and
 * dot throughout, `?` after it: or none; anything else itself. `check` is given the value without separators, in capitals; it may
 * say how sure such a value is.
 */
export interface PictureRule {
  readonly kind: 'picture';
  readonly pictures: readonly string[];
  readonly confidence: Confidence;
  check?(compact: string, picture: string): boolean | Confidence;
}

/** Something that begins with one of a few literals. */
export interface LiteralRule {
  readonly kind: 'literal';
  readonly literals: readonly [string, ...string[]];
  /**
   * Sticky; tried where a literal stands, on at most `longest` characters. Bounded repetitions only. Its one group, if it has one, stands at
   * the end and is what is found; the rest names it.
   */
  readonly pattern: RegExp;
  readonly longest: number;
  /** The match may hold spaces and line ends. */
  readonly spaced?: boolean;
  readonly confidence: Confidence;
  check?(match: string): boolean;
}

/** What wakes a rule that looks for itself. */
export type Wake = 'digits' | 'plus' | 'at' | 'scheme' | 'colons';

/** A rule that looks for itself around the place that woke it. */
export interface WakeRule {
  readonly kind: 'wake';
  readonly wake: Wake;
  /** For `digits`: which words it can begin with, so that it need not be asked about all others. */
  readonly word?: WordShape;
  readonly confidence: Confidence;
  find(place: Place): Span | Wait | undefined;
}

/** A word of letters and digits, by the number of its characters, and of the letters before its first digit. */
export interface WordShape {
  readonly length: readonly [least: number, most: number];
  readonly letters: readonly [least: number, most: number];
}

/** Where a rule is asked to look. It may look at 96 characters before `at`, and at none from `end` on. */
export interface Place {
  readonly text: string;
  /** The character that woke the rule; for `digits` the first digit. */
  readonly at: number;
  /** For `digits`: the word of letters and digits the digit stands in. */
  readonly wordStart: number;
  readonly wordEnd: number;
  readonly end: number;
}

export interface Span {
  readonly start: number;
  readonly end: number;
  /** Where it differs from the rule's own. */
  readonly confidence?: Confidence;
}

/** More text could make a match of what begins at `waitFrom`. Means nothing where the text has ended; then `span` counts. */
export interface Wait {
  readonly waitFrom: number;
  readonly span?: Span | undefined;
}
