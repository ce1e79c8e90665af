import type { JsonObject } from '../../../kernel/index.ts';
import { type Algorithm, isAlgorithm } from './algorithms.ts';
import { refused, type Result } from './compact.ts';

export interface TokenHeader {
  readonly algorithm: Algorithm;
  /** Only ever compared with the ids of known keys: no path, no query, no URL is made of it. */
  readonly keyId: string | undefined;
}

/** Members that bring a key or lead to one: whoever believes them lets the forger choose the key (CVE-2018-0114 and its kin). */
const keyMembers = ['jwk', 'jku', 'x5u', 'x5c'];
/** Members that change what is signed or how it is read (RFC 7515 section 4.1.11, RFC 7797, RFC 7516). None is needed, so none is understood. */
const readingMembers = ['crit', 'b64', 'zip'];
/** RFC 7519 section 5.1, RFC 9068 section 2.1. Others (logout tokens, security events, proofs of possession) are signed by the same keys and mean something else. */
const types = new Set(['jwt', 'at+jwt']);
const longestKeyId = 256;

/** Key ids are opaque; what is no plain text is none. */
export function isKeyId(text: string): boolean {
  return text !== '' && text.length <= longestKeyId && !/\p{C}/u.test(text);
}

/** Judges the protected header alone, before any key is looked for. `allowed`: the algorithms of the issuer. */
export function readHeader(header: JsonObject, allowed: readonly Algorithm[]): Result<TokenHeader> {
  const has = (name: string): boolean => Object.hasOwn(header, name);
  if (has('enc')) return refused('token.encrypted');
  if (has('cty')) return refused('token.nested');
  if (keyMembers.some(has)) return refused('token.embedded-key');
  if (readingMembers.some(has)) return refused('token.critical');
  if (has('typ') && !isTokenType(header['typ'])) return refused('token.type');
  const { alg, kid } = header;
  if (!isAlgorithm(alg) || !allowed.includes(alg)) return refused('token.algorithm');
  if (kid !== undefined && (typeof kid !== 'string' || !isKeyId(kid))) return refused('token.key-id');
  return { ok: true, value: { algorithm: alg, keyId: kid } };
}

/** RFC 7515 section 4.1.9: a media type, case-insensitive, of which `application/` may be left out. */
function isTokenType(value: unknown): boolean {
  return typeof value === 'string' && types.has(value.toLowerCase().replace(/^application\//, ''));
}
