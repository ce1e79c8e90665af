import { inspect } from 'node:util';

const mask = '[secret]';

/**
 * A value that does not print. Logging, JSON, string concatenation and `util.inspect` all show `[secret]`;
 * only `reveal()` gives the value, so every use can be found by searching for that word.
 */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}
