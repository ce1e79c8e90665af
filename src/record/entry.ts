import { longestEntryBytes } from './tree/bundle.ts';

/** JSON as it stands in an entry: closed values, counts and pseudonyms; never a prompt, a credential or an address. */
export type EntryValue =
  | string
  | number
  | boolean
  | null
  | readonly EntryValue[]
  | { readonly [name: string]: EntryValue | undefined };

/**
 * What became of the thing an entry tells of.
 * `allowed` and `denied` are decisions; the others are outcomes. `cut` is an answer ended by Surety, `cancelled` one
 * the client left, `unknown` one whose end was lost in a crash.
 */
export type EntryOutcome = 'allowed' | 'denied' | 'succeeded' | 'failed' | 'cancelled' | 'cut' | 'unknown';

/** One envelope for every kind of entry. Each room owns the `detail` of its kinds. */
export interface Entry {
  /** UUIDv7, made by the replica that writes the entry. */
  readonly id: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  /** `room.event`, such as `call.decided`, `key.revoked`, `ledger.gap`. */
  readonly kind: string;
  /** Who did it: a key id, an operator id, or `system`. */
  readonly actor?: string | undefined;
  /** Where it came from: the pseudonym of an address. */
  readonly source?: string | undefined;
  /** What it was done to: a path's route, a key id, an entry id. */
  readonly target?: string | undefined;
  readonly outcome: EntryOutcome;
  /** A fault code, for denials and failures. */
  readonly reason?: string | undefined;
  /** The digest of the policy it was decided under. */
  readonly policy?: string | undefined;
  /** The number of the change of the store it records, where it records one. */
  readonly change?: number | undefined;
  readonly detail?: { readonly [name: string]: EntryValue | undefined } | undefined;
}

/**
 * The text that is hashed. JSON leaves the line and paragraph separators as they are; escaped, an entry is one line to every
 * tool that reads lines, and an export stays verifiable.
 */
export function entryText(entry: Entry): string {
  const text = JSON.stringify(entry);
  if (!text.includes('\u2028') && !text.includes('\u2029')) return text;
  return text.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

/** What a UTF-16 unit takes at most in UTF-8, so that a short text needs no counting. */
const bytesPerUnit = 3;

export function isTooLong(text: string): boolean {
  return text.length * bytesPerUnit > longestEntryBytes && Buffer.byteLength(text) > longestEntryBytes;
}

/** What a UTF-16 unit takes at most as JSON: `\u0000`. */
const escapedPerUnit = 6;
/** What a value takes beside its text: quotes, colon, comma, or all of a number. */
const bytesPerValue = 32;

/**
 * Whether the ledger can hold an entry: 65,535 bytes as JSON (`ledger.entry-too-large` otherwise). Costs next to nothing for an entry of usual
 * length. Whoever acts on what is recorded asks before acting, since a refusal after the act is a call that nobody sees.
 */
export function fitsLedger(entry: Entry): boolean {
  return sizeBound(entry) <= longestEntryBytes || !isTooLong(entryText(entry));
}

/** At least as much as the JSON of a value takes. */
function sizeBound(value: unknown): number {
  if (typeof value === 'string') return value.length * escapedPerUnit + bytesPerValue;
  if (typeof value !== 'object' || value === null) return bytesPerValue;
  let bytes = bytesPerValue;
  for (const [name, member] of Object.entries(value))
    bytes += name.length * escapedPerUnit + bytesPerValue + sizeBound(member);
  return bytes;
}
