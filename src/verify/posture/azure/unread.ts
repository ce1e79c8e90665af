import type { FieldPath } from '../field.ts';
import type { Deployment } from './deployment.ts';

/** Something that is named as not evaluated. */
export interface Unread {
  readonly path: FieldPath;
  readonly reason: string;
  /** It should have been evaluated. */
  readonly failed: boolean;
}

/** Types that no check knows, each once, however many there are of it. */
export class UnreadTypes {
  readonly #found = new Map<string, { count: number; path: FieldPath }>();

  add(type: string, path: FieldPath): void {
    const known = this.#found.get(type);
    if (known) known.count += 1;
    else this.#found.set(type, { count: 1, path });
  }

  all(): Unread[] {
    return [...this.#found].map(([type, { count, path }]) => ({
      path,
      reason: `no check knows the type ${type}${count === 1 ? '' : ` (${count} resources)`}`,
      failed: false,
    }));
  }
}

/** What was made of a plan or a template. */
export interface ReadDeployment {
  readonly deployment: Deployment;
  readonly unread: readonly Unread[];
}
