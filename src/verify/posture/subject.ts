import type { Field, FieldPath } from './field.ts';
import type { Position } from './source/yaml.ts';

/** Where something stands; in a file of its own where it is told. */
export interface Place extends Position {
  readonly file?: string;
}

/** What findings are about: something with a kind in a file. Paths are of itself, wherever it stands in the file. */
export interface Subject {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly file: string;
  readonly field: Field;
  /** The files it was put together from, where it stands so in none. */
  readonly renderedFrom?: ReadonlySet<string> | undefined;
  locate(path: FieldPath): Place;
}
