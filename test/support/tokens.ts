import {
  constants,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto';

/** A key of an issuer, with both halves. */
export interface SigningKey {
  readonly keyId: string;
  readonly algorithm: string;
  readonly privateKey: KeyObject;
  /** As it stands in a key set. */
  readonly jwk: JsonWebKey & Readonly<Record<string, unknown>>;
}

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

function generate(algorithm: string): { publicKey: KeyObject; privateKey: KeyObject } {
  const namedCurve = curves[algorithm];
  if (namedCurve) return generateKeyPairSync('ec', { namedCurve });
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

export function createSigningKey(algorithm: string, keyId: string): SigningKey {
  const { publicKey, privateKey } = generate(algorithm);
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: algorithm, use: 'sig' };
  return { keyId, algorithm, privateKey, jwk };
}

/** A signing key of a private JWK whatever it is worth; for keys no library would make. */
export function importSigningKey(jwk: JsonWebKey, algorithm: string, keyId: string): SigningKey {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...half } = jwk;
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  return { keyId, algorithm, privateKey, jwk: { ...half, kid: keyId, alg: algorithm } };
}

export function signBytes(algorithm: string, input: string, key: KeyObject): Buffer {
  const digest = `sha${algorithm.slice(2)}`;
  const data = Buffer.from(input);
  if (algorithm.startsWith('Ed')) return sign(null, data, key);
  if (algorithm.startsWith('HS')) return createHmac(digest, key).update(data).digest();
  if (algorithm.startsWith('ES')) return sign(digest, data, { key, dsaEncoding: 'ieee-p1363' });
  if (!algorithm.startsWith('PS')) return sign(digest, data, key);
  return sign(digest, data, {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
}

/** JSON, or bytes as they are, as a part of a token. */
export function part(value: object | string | Buffer): string {
  const bytes = typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value);
  return Buffer.from(bytes).toString('base64url');
}

/** Signs whatever it is given: header and claims may be texts that are no JSON. */
export function signToken(
  key: SigningKey,
  claims: object | string | Buffer,
  header: object | string | Buffer = { alg: key.algorithm, kid: key.keyId, typ: 'at+jwt' },
): string {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${signBytes(key.algorithm, input, key.privateKey).toString('base64url')}`;
}

export const keySetOf = (...keys: readonly SigningKey[]): { keys: object[] } => ({
  keys: keys.map(({ jwk }) => jwk),
});

export const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/** Claims that are accepted, of a token issued now for ten minutes. */
export function goodClaims(issuer: string, now = Date.now()): Record<string, unknown> {
  return {
    iss: issuer,
    sub: 'subject-canary-51b7',
    aud: 'ai',
    iat: seconds(now),
    exp: seconds(now) + 600,
    jti: 'token-1',
    groups: ['ai-developers', 'group-canary-9e2d'],
    department: 'research',
  };
}
