/**
 * Placeholders that stand for values: `[EMAIL_1]`. The same value has the same placeholder, in the order of first occurrence, so that a
 * conversation, which the caller sends whole each time, has the same ones in every turn.
 */
export interface Placeholders {
  /** The placeholder of a value; a new one for a new value. */
  placeholderOf(detector: string, value: string, asWritten: string): string;
  /** What a placeholder given out here stands for, as it was first written; undefined for every other text. */
  valueOf(placeholder: string): string | undefined;
  /** Keeps free what a text says already, so that what the caller wrote itself stands for nothing. */
  reserve(text: string): void;
  /** All that were given out. The one thing of this room that holds values; who keeps it keeps what it stands for. */
  toRecord(): Record<string, PlaceholderValue>;
}

export interface PlaceholderValue {
  readonly detector: string;
  /** As it was first written. */
  readonly value: string;
}

/** What a placeholder looks like. */
export const placeholderShape = /\[[A-Z][A-Z0-9_]{0,63}_\d{1,9}\]/g;
export const longestPlaceholder = 80;

/** `known`: placeholders given out before, with what they stand for. */
export function createPlaceholders(known: Readonly<Record<string, PlaceholderValue>> = {}): Placeholders {
  const byValue = new Map<string, string>();
  const values = new Map<string, PlaceholderValue>();
  const reserved = new Set<string>();
  const numbers = new Map<string, number>();
  for (const [placeholder, { detector, value }] of Object.entries(known)) {
    byValue.set(keyOf(detector, value), placeholder);
    values.set(placeholder, { detector, value });
  }
  return {
    placeholderOf(detector, value, asWritten) {
      const key = keyOf(detector, value);
      const given = byValue.get(key);
      if (given !== undefined) return given;
      const label = detector.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
      let number = numbers.get(label) ?? 0;
      let placeholder: string;
      do placeholder = `[${label}_${++number}]`;
      while (reserved.has(placeholder) || values.has(placeholder));
      numbers.set(label, number);
      byValue.set(key, placeholder);
      values.set(placeholder, { detector, value: asWritten });
      return placeholder;
    },
    valueOf: (placeholder) => values.get(placeholder)?.value,
    reserve(text) {
      if (!text.includes('[')) return;
      for (const [found] of text.matchAll(placeholderShape)) if (!values.has(found)) reserved.add(found);
    },
    toRecord: () => Object.fromEntries(values),
  };
}

const keyOf = (detector: string, value: string): string => `${detector}\n${sameValue(detector, value)}`;

/** Detectors whose values are the same however they are spaced and capitalised; others are compared as they stand. */
function sameValue(detector: string, value: string): string {
  if (detector === 'email') return value.toLowerCase();
  return startsAsNumber(value.charCodeAt(0)) && /^[\d\s().+/-]+$/.test(value)
    ? value.replace(/\D/g, '')
    : value;
}

/** A digit, a plus sign or an opening bracket. */
const startsAsNumber = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x28;
