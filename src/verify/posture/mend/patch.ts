import type { FieldPath } from '../field.ts';

/** Sets a value, and makes the mappings above it that are missing. */
export interface SetPatch {
  readonly set: FieldPath;
  readonly value: boolean | number | string;
}

/** One change to a manifest that mends a finding and nothing else. */
export type Patch =
  | SetPatch
  | { readonly remove: FieldPath }
  /** Puts a value behind the others of a list, which is made where it is missing. */
  | { readonly append: FieldPath; readonly value: string };
