import type { FieldPath } from '../field.ts';
import type { Pod } from '../kubernetes/pod.ts';

/** The minor version of Kubernetes 1.x that a standard is judged by: 33 for `1.33`. */
export type MinorVersion = number;

/** The newest version of Kubernetes whose standards are known here. */
export const newestVersion: MinorVersion = 37;

/** One field of a Pod that a rule does not allow. */
export interface Violation {
  readonly path: FieldPath;
  /** Undefined: it concerns the Pod as a whole. */
  readonly container?: string | undefined;
  /** What stands there and what is allowed, as one sentence. */
  readonly message: string;
}

export type PodRuleCheck = (pod: Pod) => readonly Violation[];

/**
 * One rule of the Pod Security Standards. The standards of a version are what Kubernetes of that version admits, so a rule changes with
 * them: each row holds from its version on, until the next row. https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export interface PodRule {
  /** The name the standard's own authors give it. */
  readonly id: string;
  readonly title: string;
  readonly rows: readonly { readonly since: MinorVersion; readonly check: PodRuleCheck }[];
  /** A stricter rule that takes this one's place in the level above. */
  readonly replacedBy?: string;
}

/** What the rule checks in a version; undefined where it did not exist yet. */
export function checkOf({ rows }: PodRule, version: MinorVersion): PodRuleCheck | undefined {
  return rows.findLast(({ since }) => since <= version)?.check;
}
