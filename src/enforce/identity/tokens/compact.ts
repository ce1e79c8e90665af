import { type JsonObject, parseStrictJson } from '../../../kernel/index.ts';
import type { TokenReason } from './reasons.ts';

/** A token taken apart. Nothing of it is believed before its signature has verified. */
export interface CompactToken {
  readonly text: string;
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

export interface Refused {
  readonly ok: false;
  readonly reason: TokenReason;
}

export type Result<Value> = { readonly ok: true; readonly value: Value } | Refused;

export const refused = (reason: TokenReason): Refused => ({ ok: false, reason });

const longestToken = 16_384;
const longestHeader = 4096;
const deepestHeader = 4;
const deepestClaims = 16;
const alphabet = /^[A-Za-z0-9_-]*$/;

/**
 * The compact serialization of a signed token (RFC 7515 section 7.1), strictly: exactly three parts; each of them the one text that its bytes have
 * in base64url, so that one signature has one token (lax decoders take several); header and claims JSON objects in UTF-8 in which
 * no name stands twice, also not spelt with escapes.
 */
export function readCompact(text: string): Result<CompactToken> {
  if (text.length > longestToken) return refused('token.too-large');
  const parts = text.split('.', 6);
  if (parts.length === 5) return refused('token.encrypted');
  const [head, body, signature] = parts;
  if (parts.length !== 3 || !head || !body || signature === undefined) return refused('token.malformed');
  const headerBytes = decode(head);
  const claimBytes = decode(body);
  if (!headerBytes || !claimBytes || !decode(signature)) return refused('token.malformed');
  if (headerBytes.length > longestHeader) return refused('token.too-large');
  const header = readObject(headerBytes, deepestHeader);
  if (!header.ok) return header;
  const claims = readObject(claimBytes, deepestClaims);
  if (!claims.ok) return claims;
  return { ok: true, value: { text, header: header.value, claims: claims.value } };
}

/** Undefined where the text is not the canonical one: padding, other alphabets, spare bits that are not zero. */
export function decode(part: string): Buffer | undefined {
  if (!alphabet.test(part)) return undefined;
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

function readObject(bytes: Buffer, depth: number): Result<JsonObject> {
  const parsed = parseStrictJson(bytes, depth);
  if (!parsed.ok)
    return refused(parsed.problem.startsWith('duplicate') ? 'token.duplicate-name' : 'token.malformed');
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refused('token.malformed');
  return { ok: true, value: value as JsonObject };
}
