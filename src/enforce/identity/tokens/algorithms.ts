/** RFC 7518 section 3.1 and RFC 8037 section 3.1: the algorithms with public keys, and the one kind of key each is for. */
export const algorithms = {
  RS256: { kty: 'RSA', crv: undefined },
  RS384: { kty: 'RSA', crv: undefined },
  RS512: { kty: 'RSA', crv: undefined },
  PS256: { kty: 'RSA', crv: undefined },
  PS384: { kty: 'RSA', crv: undefined },
  PS512: { kty: 'RSA', crv: undefined },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  // RFC 9864 names what EdDSA left open.
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
} as const satisfies Record<string, { kty: 'RSA' | 'EC' | 'OKP'; crv: string | undefined }>;

export type Algorithm = keyof typeof algorithms;

export const algorithmNames = Object.keys(algorithms) as [Algorithm, ...Algorithm[]];

export function isAlgorithm(text: unknown): text is Algorithm {
  return typeof text === 'string' && Object.hasOwn(algorithms, text);
}
