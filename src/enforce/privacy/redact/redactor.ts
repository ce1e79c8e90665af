import type { Classifier, ClassRank } from '../classes.ts';
import { Finder, type Finding, type Stretch } from '../scan/finder.ts';
import type { Writing } from '../scan/view.ts';
import type { Placeholders } from './placeholders.ts';
import { placeholderFor } from './replace.ts';

/** What was found in a text, with its class. It holds no part of the text. */
export interface ClassifiedFinding extends Finding {
  readonly rank: ClassRank;
}

export interface RedactorOptions {
  readonly classifier: Classifier;
  readonly writing: Writing;
  readonly placeholders: Placeholders;
  /** What is of a higher class is replaced; -1 replaces everything found. */
  readonly ceiling: ClassRank;
  /** Told of everything that counts, in order, with places in the whole text, whether it is replaced or not. */
  readonly onFinding?: (finding: ClassifiedFinding) => void;
}

/**
 * Redacts a text that comes in pieces, with the same result however it was cut. `push` gives what is decided; `end` the rest. A detector that
 * fails throws out of either: nothing it may have missed is given out.
 */
export class Redactor {
  readonly #options: RedactorOptions;
  readonly #finder: Finder;
  #seen = 0;

  constructor(options: RedactorOptions) {
    this.#options = options;
    this.#finder = new Finder(options.classifier.searcher, options.writing);
  }

  /** Characters held back because they may still be part of a match. */
  get held(): number {
    return this.#finder.held;
  }

  /** Characters given out or found in so far. */
  get characters(): number {
    return this.#seen;
  }

  push(piece: string): string {
    let text = '';
    for (const stretch of this.#finder.push(piece)) text += this.#replace(stretch);
    return text;
  }

  end(): string {
    return this.#replace(this.#finder.end());
  }

  /** `push` and `end` in one. */
  finish(piece: string): string {
    let text = '';
    for (const stretch of this.#finder.finish(piece)) text += this.#replace(stretch);
    return text;
  }

  #replace({ text, findings }: Stretch): string {
    const { classifier, ceiling, writing, placeholders, onFinding } = this.#options;
    let redacted = '';
    let from = 0;
    for (const finding of findings) {
      const { detector, confidence, start, end } = finding;
      const rank = classifier.rankOf(detector);
      onFinding?.({ detector, confidence, rank, start: this.#seen + start, end: this.#seen + end });
      if (rank <= ceiling) continue;
      const asWritten = text.slice(start, end);
      redacted += text.slice(from, start) + placeholderFor(finding, { asWritten, writing, placeholders });
      from = end;
    }
    this.#seen += text.length;
    return from === 0 ? text : redacted + text.slice(from);
  }
}
