import type { Field } from '../field.ts';
import { hasVariable, resolveVariables } from './variables.ts';

/**
 * A service of a Compose file, with what it takes over from services of the same file (`extends`): fields are read from the nearest that says
 * something. Paths are of the file.
 */
export class ComposeService {
  readonly name: string;
  /** The file's own top, where networks and volumes are described. */
  readonly root: Field;
  /** Others wait for it to end: it does its work once. */
  readonly isJob: boolean;
  /** Itself, then what it extends, nearest first. */
  readonly #layers: readonly [Field, ...Field[]];

  constructor(name: string, root: Field, given: { layers: readonly [Field, ...Field[]]; isJob: boolean }) {
    this.name = name;
    this.root = root;
    this.isJob = given.isJob;
    this.#layers = given.layers;
  }

  /** The field where it is said; where nothing says it, its place in the service itself. */
  at(...names: readonly string[]): Field {
    const own = this.#layers[0].at(...names);
    return this.#layers.map((layer) => layer.at(...names)).find(({ isSet }) => isSet) ?? own;
  }

  /** The members of a list, which Compose joins; a single text counts as a list of one. Nearest first. */
  all(...names: readonly string[]): Field[] {
    return this.#layers.flatMap((layer) => {
      const field = layer.at(...names);
      return textOf(field) === undefined ? field.items() : [field];
    });
  }

  /** Names with their values, of a mapping or of a list of `NAME=value`; the nearest of a name counts. */
  pairs(...names: readonly string[]): readonly Pair[] {
    const found = new Map<string, Pair>();
    for (const layer of this.#layers) {
      for (const pair of pairsOf(layer.at(...names))) if (!found.has(pair.name)) found.set(pair.name, pair);
    }
    return [...found.values()];
  }
}

export interface Pair {
  readonly name: string;
  readonly field: Field;
  /** As it is written, with its variables; undefined: it comes from wherever Compose runs. */
  readonly written: string | undefined;
}

function pairsOf(field: Field): Pair[] {
  const listed = field.items().map((item): Pair => {
    const text = item.text ?? '';
    const equals = text.indexOf('=');
    return equals < 0
      ? { name: text, field: item, written: undefined }
      : { name: text.slice(0, equals), field: item, written: text.slice(equals + 1) };
  });
  const mapped = field.members().map(([name, one]): Pair => ({ name, field: one, written: writtenOf(one) }));
  return [...listed, ...mapped];
}

/** A text, or a number or boolean as a text: Compose takes either. */
function writtenOf({ value }: Field): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** What a field says, with the defaults of its variables. */
export function textOf(field: Field): string | undefined {
  const written = writtenOf(field);
  return written === undefined ? undefined : resolveVariables(written);
}

/** Whether a field is on. */
export const isYes = (field: Field): boolean => /^(true|yes|y|on|1)$/i.test(textOf(field) ?? '');

/** Whether a field has a variable that the file gives no value, so that nobody can tell what it will say. */
export const isOpen = (field: Field): boolean => hasVariable(textOf(field) ?? '');
