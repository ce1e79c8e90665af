import { createHash } from 'node:crypto';

/**
 * The name of a policy: SHA-256, in hexadecimal, of its source as canonical JSON: keys sorted by code unit at every level, lists
 * in their order, no white space, UTF-8. Comments, key order and layout do not change it; any value written does. Defaults are not
 * in it, so one digest under two versions of Surety may mean two behaviours: entries of a start name the version.
 */
export function policyDigest(source: unknown): string {
  return createHash('sha256').update(canonicalJson(source)).digest('hex');
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
    return `{${pairs.join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}
