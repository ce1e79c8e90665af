import type { JsonPatchOperation } from './mend/operations.ts';
import type { PodSecurityLevel } from './pod-security/evaluate.ts';

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Something that was looked at. */
export interface Evaluated {
  readonly file: string;
  readonly line: number;
  /** `Deployment`, or what else it is: `Dockerfile`. */
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** Of what has a Pod: the strictest level of the Pod Security Standards it keeps. */
  readonly pss?: { readonly version: string; readonly level: PodSecurityLevel } | undefined;
  /** Of what has a Pod: kubesec's points. */
  readonly kubesec?: { readonly score: number } | undefined;
}

/** What somebody has to mend. */
export interface Finding {
  /** `P06`. */
  readonly check: string;
  readonly severity: Severity;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The field's place, also of a missing one: `spec.template.spec.containers[0].securityContext.runAsNonRoot`. */
  readonly path: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly container?: string | undefined;
  /** What was found, and what should stand there. */
  readonly message: string;
  /** How to mend it. */
  readonly fix: string;
  /** The change, where it can be told; safe: an ordinary workload does not notice it, so `--fix` makes it. */
  readonly patch?: { readonly safe: boolean; readonly operations: readonly JsonPatchOperation[] };
}

/** A finding that somebody answers for. */
export interface Suppressed {
  readonly finding: Finding;
  readonly reason: string;
  /** `2027-01-31`: the last day it counts. */
  readonly until: string;
}

export interface NotEvaluated {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly reason: string;
  /** It should have been evaluated: the scan as a whole could not tell. */
  readonly failed: boolean;
}

export interface Report {
  /** Files that were searched for credentials, also those that hold nothing else to evaluate. */
  readonly searched: number;
  readonly evaluated: readonly Evaluated[];
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Suppressed[];
  readonly notEvaluated: readonly NotEvaluated[];
}
