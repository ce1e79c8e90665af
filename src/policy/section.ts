import type { z } from 'zod';

/** Where in the policy something stands: `['gate', 'routes', 0, 'match']`. */
export type PolicyPath = readonly (string | number)[];

/** Reports a problem a schema cannot see. `allowed` lists what could have stood there; the nearest is suggested. */
export type ReportProblem = (problem: {
  path: PolicyPath;
  message: string;
  found?: string;
  allowed?: readonly string[];
}) => void;

/**
 * One top-level key of the policy, owned by the room that keeps it. `check` runs after the whole file has the right shape and
 * may look at other sections (`Whole`), which the room names by importing their types from rooms below it.
 */
export interface PolicySection<Name extends string, Schema extends z.ZodType, Whole = unknown> {
  readonly name: Name;
  readonly schema: Schema;
  check?(whole: Whole, report: ReportProblem): void;
}
