/** A place in a document: names and positions, from the top. */
export type FieldPath = readonly (string | number)[];

/** As Kubernetes and its users write it: `spec.template.spec.containers[0].securityContext.runAsNonRoot`. */
export function formatPath(path: FieldPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/**
 * A value of a document and its place. What is read through it may be missing or of any type: a manifest is whatever somebody wrote, and a
 * check that throws on it would look at nothing.
 */
export class Field {
  readonly value: unknown;
  readonly path: FieldPath;

  constructor(value: unknown, path: FieldPath = []) {
    this.value = value;
    this.path = path;
  }

  at(...names: readonly string[]): Field {
    let value = this.value;
    for (const name of names)
      value = isMapping(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    return new Field(value, [...this.path, ...names]);
  }

  /** The members of a list; none where it is no list. */
  items(): Field[] {
    return Array.isArray(this.value)
      ? this.value.map((value: unknown, index) => new Field(value, [...this.path, index]))
      : [];
  }

  /** The members of a mapping, by name. */
  members(): (readonly [string, Field])[] {
    return isMapping(this.value)
      ? Object.entries(this.value).map(
          ([name, value]) => [name, new Field(value, [...this.path, name])] as const,
        )
      : [];
  }

  /** Neither missing nor null: Kubernetes drops nulls before it looks. */
  get isSet(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get text(): string | undefined {
    return typeof this.value === 'string' ? this.value : undefined;
  }

  get number(): number | undefined {
    return typeof this.value === 'number' ? this.value : undefined;
  }

  get isTrue(): boolean {
    return this.value === true;
  }

  get isFalse(): boolean {
    return this.value === false;
  }

  /** The texts of a list. */
  texts(): string[] {
    return this.items().flatMap(({ text }) => text ?? []);
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Pairs in the order of their names, so that two mappings of the same members read alike. */
export function sortedByName<Pair extends readonly [string, unknown]>(pairs: readonly Pair[]): Pair[] {
  return pairs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
