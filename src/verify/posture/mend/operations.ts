import type { Patch } from './patch.ts';
import { Field, type FieldPath } from '../field.ts';

/** One step of a JSON Patch (RFC 6902, section 4). */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** RFC 6901, section 3. */
function pointerOf(path: FieldPath): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * The change as operations that apply to the resource as it stands in the manifest, missing parents made in one step. Empty where it does not apply,
 * because what stands above is neither a mapping nor missing.
 */
export function operationsOf(resource: Field, patch: Patch): readonly JsonPatchOperation[] {
  if ('remove' in patch) {
    return fieldAt(resource, patch.remove).value === undefined
      ? []
      : [{ op: 'remove', path: pointerOf(patch.remove) }];
  }
  if ('append' in patch) {
    const list = fieldAt(resource, patch.append);
    if (Array.isArray(list.value))
      return [{ op: 'add', path: `${pointerOf(patch.append)}/-`, value: patch.value }];
    return addMissing(resource, patch.append, [patch.value]);
  }
  const field = fieldAt(resource, patch.set);
  return field.value === undefined
    ? addMissing(resource, patch.set, patch.value)
    : [{ op: 'replace', path: pointerOf(patch.set), value: patch.value }];
}

/** What is null counts as missing: Kubernetes drops it. */
function addMissing(resource: Field, path: FieldPath, value: unknown): readonly JsonPatchOperation[] {
  const depth = path.findIndex((_, index) => !fieldAt(resource, path.slice(0, index + 1)).isSet);
  const missing = depth < 0 ? [] : path.slice(depth + 1);
  const parent = fieldAt(resource, path.slice(0, Math.max(0, depth))).value;
  if (depth < 0 || typeof parent !== 'object' || Array.isArray(parent)) return [];
  const nested = missing.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
  return [{ op: 'add', path: pointerOf(path.slice(0, depth + 1)), value: nested }];
}

function fieldAt(field: Field, path: FieldPath): Field {
  return path.reduce<Field>(
    (at, part) => (typeof part === 'number' ? (at.items()[part] ?? new Field(undefined)) : at.at(part)),
    field,
  );
}
