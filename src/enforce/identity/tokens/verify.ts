import { compactVerify } from 'jose';
import type { JsonObject } from '../../../kernel/index.ts';
import type { Algorithm } from './algorithms.ts';
import { type ClaimsPolicy, type JudgedClaims, judgeClaims } from './claims.ts';
import { type CompactToken, readCompact, type Refused, refused, type Result } from './compact.ts';
import { readHeader, type TokenHeader } from './header.ts';
import type { IssuerSection } from './issuer-section.ts';
import type { KeySet, PublicKey } from './key-set.ts';
import type { KeySource } from './key-source.ts';

/** An issuer of the policy with its keys. */
export interface Issuer {
  readonly section: IssuerSection;
  readonly source: KeySource;
}

/** A token whose signature has verified, and what its claims say. */
export interface VerifiedToken {
  readonly issuer: Issuer;
  readonly algorithm: Algorithm;
  readonly claims: JsonObject;
  readonly judged: JudgedClaims;
  readonly key: PublicKey;
  /** The set the key was found in. */
  readonly set: KeySet;
}

/** `signed`: the signature has verified, so that the issuer and subject are what the issuer said. */
export interface Unverified extends Refused {
  readonly signed?: { readonly issuer: string; readonly subject: string };
}

interface VerifyContext {
  issuer(name: string): Issuer | undefined;
  readonly policy: ClaimsPolicy;
  now(): number;
}

/**
 * The whole way of a token, in the order in which less and less is left to a forger: its shape, its issuer, its header, the one key, the signature, and only then
 * what it claims. Each check is a file of its own; jose does the cryptography and nothing else.
 */
export async function verifyToken(
  text: string,
  context: VerifyContext,
): Promise<Result<VerifiedToken> | Unverified> {
  const compact = readCompact(text);
  if (!compact.ok) return compact;
  const { claims } = compact.value;
  const issuer = findIssuer(claims, context);
  if (!issuer) return refused('token.issuer');
  const header = readHeader(compact.value.header, issuer.section.algorithms);
  if (!header.ok) return header;
  const found = await findKey(issuer.source, header.value);
  if (!found.ok) return found;
  const { key, set } = found.value;
  const { algorithm } = header.value;
  if (!(await isSignedBy(compact.value, key, algorithm))) return refused('token.signature');
  const judged = judgeClaims(claims, { issuer: issuer.section, policy: context.policy, now: context.now() });
  if (!judged.ok) return { ...judged, ...signedBy(issuer, claims) };
  return { ok: true, value: { issuer, algorithm, claims, judged: judged.value, key, set } };
}

/** RFC 7519 section 4.1.1: compared letter by letter, and only with the names of the policy. */
export function findIssuer(
  claims: JsonObject,
  { issuer }: Pick<VerifyContext, 'issuer'>,
): Issuer | undefined {
  const name = claims['iss'];
  return typeof name === 'string' ? issuer(name) : undefined;
}

interface FoundKey {
  readonly key: PublicKey;
  readonly set: KeySet;
}

/** Asks the issuer once more where the key is not known, which is how keys are rotated. */
export async function findKey(source: KeySource, header: TokenHeader): Promise<Result<FoundKey>> {
  const first = lookUp(source, header);
  if (first.ok || first.reason === 'token.key-mismatch' || first.reason === 'token.key-weak') return first;
  const renewed = source.renew();
  if (!renewed) return first;
  await renewed;
  return lookUp(source, header);
}

function lookUp(source: KeySource, { keyId, algorithm }: TokenHeader): Result<FoundKey> {
  const set = source.current();
  if (!set.ok) return set;
  const key = set.find(keyId, algorithm);
  return key.ok ? { ok: true, value: { key: key.value, set } } : key;
}

export async function isSignedBy(
  token: CompactToken,
  key: PublicKey,
  algorithm: Algorithm,
): Promise<boolean> {
  try {
    await compactVerify(token.text, key.key, { algorithms: [algorithm] });
    return true;
  } catch {
    return false;
  }
}

function signedBy(issuer: Issuer, { sub }: JsonObject): Pick<Unverified, 'signed'> {
  return typeof sub === 'string' ? { signed: { issuer: issuer.section.issuer, subject: sub } } : {};
}
