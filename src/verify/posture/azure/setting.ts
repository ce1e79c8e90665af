import type { FieldPath } from '../field.ts';
import { Undecided } from './undecided.ts';

export interface SettingGiven {
  readonly value: unknown;
  readonly path: FieldPath;
  /** What it refers to, as keys of resources. */
  readonly targets?: readonly string[];
  /** What Azure does where nothing is said. */
  readonly otherwise?: unknown;
  /** What is said is the opposite of what is asked. */
  readonly isOpposite?: boolean;
}

/** What a plan or a template says of one property of a resource: a value, nothing, or something that only the deployment decides. */
export class Setting {
  /** Its place in the resource, also of a missing one. */
  readonly path: FieldPath;
  readonly targets: readonly string[];
  readonly #said: unknown;
  readonly #otherwise: unknown;

  constructor({ value, path, targets = [], otherwise, isOpposite = false }: SettingGiven) {
    this.#said = (isOpposite ? opposite(value) : value) ?? undefined;
    this.path = path;
    this.targets = targets;
    this.#otherwise = otherwise;
  }

  get isSaid(): boolean {
    return this.#said !== undefined;
  }

  get undecided(): Undecided | undefined {
    return this.#said instanceof Undecided ? this.#said : undefined;
  }

  /** Whether a value will stand there, though perhaps only the deployment knows which. */
  get isGiven(): boolean {
    if (this.undecided) return this.undecided.isGiven;
    return this.isSaid && this.#said !== '' && !(Array.isArray(this.#said) && this.#said.length === 0);
  }

  get text(): string | undefined {
    const value = this.#value;
    return typeof value === 'string' ? value : undefined;
  }

  /** Templates write numbers as texts too. */
  get number(): number | undefined {
    const value = this.#value;
    if (typeof value === 'number') return value;
    return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
  }

  get isTrue(): boolean {
    return this.#value === true || this.text?.toLowerCase() === 'true';
  }

  get isFalse(): boolean {
    return this.#value === false || this.text?.toLowerCase() === 'false';
  }

  /** Azure takes its names in any case. */
  is(...names: readonly string[]): boolean {
    const text = this.text?.toLowerCase();
    return text !== undefined && names.some((name) => name.toLowerCase() === text);
  }

  /** The texts of a list; of a text, itself. */
  get texts(): readonly string[] {
    const value = this.#value;
    if (typeof value === 'string') return [value];
    return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
  }

  /** Whether only the deployment decides what is in it. */
  get isOpen(): boolean {
    return (
      this.undecided !== undefined ||
      (Array.isArray(this.#said) && this.#said.some((one) => one instanceof Undecided))
    );
  }

  /** Whether anything may come to stand in it: what is given, or refers to something, is that. */
  get isUnclear(): boolean {
    if (this.undecided) return !this.undecided.isGiven;
    const open = Array.isArray(this.#said) ? this.#said.filter((one) => one instanceof Undecided) : [];
    return this.targets.length === 0 && open.some((one) => !one.isGiven);
  }

  get #value(): unknown {
    return this.isSaid ? this.#said : this.#otherwise;
  }
}

function opposite(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  const text = typeof value === 'string' ? value.toLowerCase() : undefined;
  return text === 'true' || text === 'false' ? text === 'false' : value;
}
