import type { FieldPath } from '../field.ts';
import { Setting, type SettingGiven } from './setting.ts';
import { Undecided } from './undecided.ts';

/** What the configuration of a plan says of a property whose value it may not know. */
export interface Written {
  readonly isWritten: boolean;
  readonly targets: readonly string[];
}

type Asked = Pick<SettingGiven, 'otherwise' | 'isOpposite'>;

interface BranchGiven {
  readonly value: unknown;
  readonly path: FieldPath;
  /** Names of Azure count in any case; those of Terraform as they are. */
  readonly anyCase: boolean;
  /** What is written at a place; without one, what is open is open. */
  readonly writtenAt?: ((path: FieldPath) => Written) | undefined;
}

/** A part of a plan or template to read settings from; what it holds may be missing or of any type. */
export class Branch {
  readonly path: FieldPath;
  readonly #given: BranchGiven;

  constructor(given: BranchGiven) {
    this.#given = given;
    this.path = given.path;
  }

  /** Blocks of Terraform are lists of one: a step into a list is a step into its first member. */
  read(steps: readonly string[], asked: Asked = {}): Setting {
    const { value, path, isOfIt } = this.#walk(steps);
    const { isWritten, targets } = this.#writtenAt(path);
    if (!(value instanceof Undecided)) return new Setting({ ...asked, value, path, targets });
    // What nobody has written, the provider fills in: that is nothing said.
    if (!isWritten) return new Setting({ ...asked, value: undefined, path });
    // Of something that is open as a whole nobody knows what is in it.
    const isGiven = isOfIt && (value.isGiven || targets.length > 0);
    const open = new Undecided({ because: value.because, text: value.text, isGiven });
    return new Setting({ ...asked, value: open, path, targets });
  }

  /** The members of a list, or the one thing in its place: an open one where only the deployment knows which there are. */
  items(steps: readonly string[]): Branch[] {
    const { value, path } = this.#walk(steps);
    if (Array.isArray(value))
      return value.map(
        (item: unknown, index) => new Branch({ ...this.#given, value: item, path: [...path, index] }),
      );
    const isThere =
      value instanceof Undecided ? this.#writtenAt(path).isWritten : value !== undefined && value !== null;
    return isThere ? [new Branch({ ...this.#given, value, path })] : [];
  }

  #writtenAt(path: FieldPath): Written {
    return this.#given.writtenAt?.(path) ?? { isWritten: true, targets: [] };
  }

  #walk(steps: readonly string[]): { value: unknown; path: FieldPath; isOfIt: boolean } {
    let { value } = this.#given;
    const path = [...this.path];
    let isOfIt = true;
    for (const step of steps) {
      if (Array.isArray(value)) {
        value = value[0];
        path.push(0);
      }
      if (!(value instanceof Undecided)) {
        const name = this.#nameOf(value, step);
        path.push(name ?? step);
        value = name === undefined ? undefined : (value as Record<string, unknown>)[name];
      } else {
        path.push(step);
        isOfIt = false;
      }
    }
    return { value, path, isOfIt };
  }

  #nameOf(value: unknown, name: string): string | undefined {
    if (typeof value !== 'object' || value === null || value instanceof Undecided) return undefined;
    if (Object.hasOwn(value, name)) return name;
    if (!this.#given.anyCase) return undefined;
    const lower = name.toLowerCase();
    return Object.keys(value).find((one) => one.toLowerCase() === lower);
  }
}
