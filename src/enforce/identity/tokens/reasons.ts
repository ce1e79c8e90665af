/**
 * Why a token was not accepted: a closed set. Entries and `surety tokens inspect` carry the code; the caller is told none of it, since each answer
 * would teach a forger the next step.
 */
export const tokenReasons = {
  'token.too-large': 'The token is longer than 16,384 characters.',
  'token.malformed': 'The token is not three parts of canonical base64url with JSON objects in them.',
  'token.encrypted': 'The token is encrypted (JWE); only signed tokens are taken.',
  'token.nested': 'The token holds another token (cty).',
  'token.duplicate-name': 'The header or the claims say a name twice, or are no strict JSON.',
  'token.issuer': 'The policy has no issuer of exactly this name.',
  'token.algorithm': 'The algorithm is none the policy allows for the issuer.',
  'token.type': 'The token is of another type (typ) than an access or identity token.',
  'token.critical': 'The header has extensions (crit, b64, zip) that change how it is read.',
  'token.embedded-key': 'The header brings a key or names a place of one (jwk, jku, x5u, x5c).',
  'token.key-id': 'The key id (kid) is no text, or is too long.',
  'token.key-unknown': 'The issuer publishes no key of this id, or none is named and there is more than one.',
  'token.key-mismatch': 'The key is not for this algorithm.',
  'token.key-weak': 'The key is too weak, or no public signing key.',
  'token.keys-unavailable': 'The keys of the issuer could not be had yet.',
  'token.keys-stale': 'The keys of the issuer could not be renewed for longer than the policy keeps them.',
  'token.signature': 'The signature does not verify.',
  'token.claims': 'A claim has the wrong form.',
  'token.no-expiry': 'The token has no end (exp).',
  'token.no-issue-time': 'The token does not say when it was issued (iat).',
  'token.expired': 'The token has expired.',
  'token.not-yet': 'The token is not valid yet (nbf, iat).',
  'token.too-old': 'The token was issued longer ago than the policy allows.',
  'token.audience': 'The token is for another audience.',
  'token.subject': 'The token has no subject (sub).',
  'token.bound': 'The token is bound to a key of its holder (cnf), which cannot be checked here.',
  'token.team': 'The claims lead to no team of the policy.',
  'token.withdrawn': 'The team of the token, or every role its claims lead to, was withdrawn by an operator.',
  'token.revoked': 'The token, its subject, or all tokens issued before some time were revoked.',
} as const satisfies Record<string, string>;

export type TokenReason = keyof typeof tokenReasons;
