import type { Writing } from '../scan/view.ts';
import { longestPlaceholder, type Placeholders, placeholderShape } from './placeholders.ts';

/** What may be the beginning of a placeholder at the end of a text. */
const begun = /\[(?:[A-Z][A-Z0-9_]{0,78})?$/;

/**
 * Puts values back for the placeholders that were given out in the same call, in a text that comes in pieces, with the same result however it was cut. What the
 * model altered, and every placeholder that was not given out, stays as it is.
 */
export class Restorer {
  readonly #placeholders: Placeholders;
  readonly #writing: Writing;
  #held = '';

  constructor(placeholders: Placeholders, writing: Writing) {
    this.#placeholders = placeholders;
    this.#writing = writing;
  }

  push(piece: string): string {
    const text = this.#held + piece;
    const start = begun.exec(text.slice(-longestPlaceholder));
    const cut = start ? text.length - start[0].length : text.length;
    this.#held = text.slice(cut);
    return this.#restore(text.slice(0, cut));
  }

  end(): string {
    const text = this.#restore(this.#held);
    this.#held = '';
    return text;
  }

  #restore(text: string): string {
    if (!text.includes('[')) return text;
    return text.replace(placeholderShape, (placeholder) => {
      const value = this.#placeholders.valueOf(placeholder);
      if (value === undefined) return placeholder;
      return this.#writing === 'json' ? JSON.stringify(value).slice(1, -1) : value;
    });
  }
}
