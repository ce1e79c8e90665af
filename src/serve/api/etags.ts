import { hash } from 'node:crypto';
import { Fault } from '../../kernel/index.ts';

/** What changes by being used, and makes no other version. */
const passing = new Set(['lastUsedAt', 'seenAt']);

/** A strong entity tag (RFC 9110 section 8.8.3) of an answer. */
export function entityTag(answer: unknown): string {
  const text = JSON.stringify(answer, (name, value: unknown) => (passing.has(name) ? undefined : value));
  return `"${hash('sha256', text, 'base64url').slice(0, 22)}"`;
}

/** RFC 9110 section 13.1.1. `*` stands for whatever there is: who must be quick says so. */
export function requireMatch(asked: string | null, present: string, required: boolean): void {
  if (asked === null) {
    if (required) throw new Fault('api.precondition-required');
    return;
  }
  const tags = new Set(asked.split(',').map((tag) => tag.trim()));
  if (!tags.has('*') && !tags.has(present)) throw new Fault('api.precondition-failed');
}

/** One after the other: between looking at a tag and the change nothing else changes. */
export function createQueue(): <Result>(run: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const next = last.then(run, run);
    last = next.catch(() => {});
    return next;
  };
}
