import { createPublicKey, type KeyObject } from 'node:crypto';
import { type JsonObject, type JsonValue, parseStrictJson } from '../../../kernel/index.ts';
import { type Algorithm, algorithms, isAlgorithm } from './algorithms.ts';
import { decode, refused, type Result } from './compact.ts';
import { isKeyId } from './header.ts';
import { edwardsWeakness, rsaWeakness } from './weak-keys.ts';

export interface PublicKey {
  readonly keyId: string | undefined;
  /** `RSA 2048`, `P-256`, `Ed25519`. */
  readonly kind: string;
  readonly key: KeyObject;
  /** The key is pinned: by its kind, its curve, and by `alg` where the issuer says it. */
  fits(algorithm: Algorithm): boolean;
}

export interface RefusedKey {
  readonly keyId: string | undefined;
  readonly problem: string;
}

/** The keys an issuer publishes (RFC 7517 section 5), those that may verify. */
export interface KeySet {
  readonly ok: true;
  readonly keys: readonly PublicKey[];
  readonly refused: readonly RefusedKey[];
  /** The one key for the token. Without a key id there must be exactly one that fits. */
  find(keyId: string | undefined, algorithm: Algorithm): Result<PublicKey>;
}

export const keySetBounds = { bytes: 256 * 1024, keys: 256, depth: 8 } as const;

/** Reads a JWK set. `problem` says what is wrong with the set as a whole; single keys that cannot be used are left out and named. */
export function readKeySet(bytes: Buffer): { ok: true; set: KeySet } | { ok: false; problem: string } {
  if (bytes.length > keySetBounds.bytes)
    return { ok: false, problem: `it is larger than ${keySetBounds.bytes} bytes` };
  const parsed = parseStrictJson(bytes, keySetBounds.depth);
  if (!parsed.ok) return { ok: false, problem: `it is no strict JSON: ${parsed.problem}` };
  const list = isObject(parsed.value) ? parsed.value['keys'] : undefined;
  if (!Array.isArray(list)) return { ok: false, problem: 'it has no list of keys' };
  if (list.length > keySetBounds.keys)
    return { ok: false, problem: `it has more than ${keySetBounds.keys} keys` };
  const keys: PublicKey[] = [];
  const refusedKeys: RefusedKey[] = [];
  for (const member of list as readonly JsonValue[]) {
    const jwk = isObject(member) ? member : {};
    if (!isForSignatures(jwk)) continue;
    const { kid } = jwk;
    // An endless or invisible id would end up in logs.
    const keyId = typeof kid === 'string' && isKeyId(kid) ? kid : undefined;
    const made = keyId === kid ? readKey(jwk, keyId) : 'its id is no text, or is too long';
    if (typeof made === 'string') refusedKeys.push({ keyId, problem: made });
    else keys.push(made);
  }
  return { ok: true, set: createKeySet(keys, refusedKeys) };
}

/** Keys for encryption stand in the same sets and are none of ours. */
function isForSignatures({ use, key_ops: operations }: JsonObject): boolean {
  if (use !== undefined && use !== 'sig') return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

/** The key, or why it is none. */
function readKey(jwk: JsonObject, keyId: string | undefined): PublicKey | string {
  if (jwk['kty'] === 'oct') return 'it is a shared secret';
  // RFC 7517 section 9.2. A private key that the issuer publishes is everybody's.
  if (jwk['d'] !== undefined || jwk['k'] !== undefined) return 'it is a private key, published';
  const { alg } = jwk;
  if (alg !== undefined && !isAlgorithm(alg)) return 'its algorithm is not known here';
  const shape = alg === undefined ? undefined : algorithms[alg];
  const made = makeKey(jwk);
  if (typeof made === 'string') return made;
  const fitsShape = (row: { kty: string; crv: string | undefined }): boolean =>
    row.kty === jwk['kty'] && (row.crv === undefined || row.crv === jwk['crv']);
  if (shape && !fitsShape(shape)) return 'its algorithm is for another kind of key';
  return {
    keyId,
    ...made,
    fits: (algorithm) =>
      (alg === undefined || sameAlgorithm(alg, algorithm)) && fitsShape(algorithms[algorithm]),
  };
}

/** RFC 9864: Ed25519 is what EdDSA means for that curve. */
function sameAlgorithm(own: Algorithm, asked: Algorithm): boolean {
  const plain = (name: Algorithm): Algorithm => (name === 'EdDSA' ? 'Ed25519' : name);
  return plain(own) === plain(asked);
}

function makeKey(jwk: JsonObject): Pick<PublicKey, 'kind' | 'key'> | string {
  switch (jwk['kty']) {
    case 'RSA':
      return makeRsaKey(jwk);
    case 'EC':
      return makeCurveKey(jwk, ['x', 'y'], ['P-256', 'P-384', 'P-521']);
    case 'OKP':
      return makeCurveKey(jwk, ['x'], ['Ed25519']);
    default:
      return 'its kind is not known here';
  }
}

function makeRsaKey(jwk: JsonObject): Pick<PublicKey, 'kind' | 'key'> | string {
  const modulus = bytesOf(jwk, 'n');
  const exponent = bytesOf(jwk, 'e');
  if (!modulus || !exponent) return 'its numbers are not canonical base64url';
  const weakness = rsaWeakness(modulus, exponent);
  if (weakness) return weakness;
  const key = importKey({ kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') });
  return key ? { kind: `RSA ${key.asymmetricKeyDetails?.modulusLength ?? 0}`, key } : 'it is no key';
}

function makeCurveKey(
  jwk: JsonObject,
  members: readonly ('x' | 'y')[],
  curves: readonly string[],
): Pick<PublicKey, 'kind' | 'key'> | string {
  const { kty, crv } = jwk;
  if (typeof crv !== 'string' || !curves.includes(crv)) return 'its curve is not known here';
  const coordinates = Object.fromEntries(members.map((name) => [name, bytesOf(jwk, name)]));
  if (Object.values(coordinates).includes(undefined)) return 'its numbers are not canonical base64url';
  const weakness = kty === 'OKP' ? edwardsWeakness(coordinates['x'] as Buffer) : undefined;
  if (weakness) return weakness;
  const texts = Object.fromEntries(members.map((name) => [name, jwk[name] as string]));
  // OpenSSL refuses a point that is not on the curve (invalid curve attacks).
  const key = importKey({ kty: kty as string, crv, ...texts });
  return key ? { kind: crv, key } : 'its point is not on the curve';
}

function bytesOf(jwk: JsonObject, name: string): Buffer | undefined {
  const text = jwk[name];
  return typeof text === 'string' && text !== '' ? decode(text) : undefined;
}

function importKey(key: Readonly<Record<string, string>>): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function createKeySet(keys: readonly PublicKey[], refusedKeys: readonly RefusedKey[]): KeySet {
  const byId = new Map<string, PublicKey[]>();
  for (const key of keys)
    if (key.keyId !== undefined) byId.set(key.keyId, [...(byId.get(key.keyId) ?? []), key]);
  const weakIds = new Set(refusedKeys.map(({ keyId }) => keyId));
  return {
    ok: true,
    keys,
    refused: refusedKeys,
    find(keyId, algorithm) {
      const named = keyId === undefined ? keys : byId.get(keyId);
      if (!named) return refused(weakIds.has(keyId) ? 'token.key-weak' : 'token.key-unknown');
      const fitting = named.filter((key) => key.fits(algorithm));
      const [only] = fitting;
      if (only && fitting.length === 1) return { ok: true, value: only };
      // Two keys of one id that both fit: which one the issuer means cannot be known, and trying all of them is the forger's choice.
      return refused(
        fitting.length === 0 && keyId !== undefined ? 'token.key-mismatch' : 'token.key-unknown',
      );
    },
  };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
