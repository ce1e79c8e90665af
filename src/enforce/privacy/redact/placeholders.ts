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
  readonly count: number;
  entries(): Iterable<readonly [placeholder: string, asWritten: string]>;
}

/** What a placeholder looks like. */
export const placeholderShape = /\[[A-Z][A-Z0-9_]{0,63}_\d{1,9}\]/g;
export const longestPlaceholder = 80;

export function createPlaceholders(): Placeholders {
  const byValue = new Map<string, string>();
  const values = new Map<string, string>();
  const reserved = new Set<string>();
  const numbers = new Map<string, number>();
  return {
    placeholderOf(detector, value, asWritten) {
      const key = `${detector}\n${sameValue(detector, value)}`;
      const known = byValue.get(key);
      if (known !== undefined) return known;
      const label = detector.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
      let number = numbers.get(label) ?? 0;
      let placeholder: string;
      do placeholder = `[${label}_${++number}]`;
      while (reserved.has(placeholder) || values.has(placeholder));
      numbers.set(label, number);
      byValue.set(key, placeholder);
      values.set(placeholder, asWritten);
      return placeholder;
    },
    valueOf: (placeholder) => values.get(placeholder),
    reserve(text) {
      if (!text.includes('[')) return;
      for (const [found] of text.matchAll(placeholderShape)) if (!values.has(found)) reserved.add(found);
    },
    get count() {
      return values.size;
    },
    entries: () => values.entries(),
  };
}

/** Detectors whose values are the same however they are spaced and capitalised; others are compared as they stand. */
function sameValue(detector: string, value: string): string {
  if (detector === 'email') return value.toLowerCase();
  return /^[\d\s().+/-]+$/.test(value) ? value.replace(/\D/g, '') : value;
}
