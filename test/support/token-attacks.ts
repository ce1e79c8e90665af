import {
  createHash,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import type { TokenReason } from '../../src/enforce/identity/tokens/reasons.ts';
import {
  createSigningKey,
  goodClaims,
  keySetOf,
  part,
  seconds,
  signBytes,
  type SigningKey,
  signToken,
} from './tokens.ts';

export interface TokenAttack {
  readonly name: string;
  readonly token: string;
  readonly reason: TokenReason;
}

export interface Issuer {
  readonly issuer: string;
  readonly rsa: SigningKey;
  readonly ec: SigningKey;
  readonly edwards: SigningKey;
  /** Published, and too weak. */
  readonly weak: readonly SigningKey[];
  readonly keySet: { keys: object[] };
}

/** An issuer with good keys of each kind, and with weak ones beside them. */
export function createIssuer(issuer: string): Issuer {
  const rsa = createSigningKey('RS256', 'rsa-1');
  const ec = createSigningKey('ES256', 'ec-1');
  const edwards = createSigningKey('EdDSA', 'ed-1');
  const short = shortKey();
  return { issuer, rsa, ec, edwards, weak: [short], keySet: keySetOf(rsa, ec, edwards, short) };
}

function shortKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'rsa-1024', alg: 'RS256' };
  return { keyId: 'rsa-1024', algorithm: 'RS256', privateKey, jwk };
}

/** Signed with HMAC, the public key's text as the secret: what a library does that takes the algorithm from the token (CVE-2015-9235). */
function confused(
  { rsa, issuer }: Issuer,
  secret: (key: KeyObject) => string | Buffer,
  header: object,
): string {
  const input = `${part({ kid: rsa.keyId, ...header })}.${part(goodClaims(issuer))}`;
  const key = createSecretKey(Buffer.from(secret(createPublicKey(rsa.privateKey))));
  return `${input}.${signBytes('HS256', input, key).toString('base64url')}`;
}

const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString();
const der = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });

/** What the attacks are made of: an issuer's keys, a good token, and ways to change it that stay signed. */
function createForge(issuer: Issuer) {
  const { rsa } = issuer;
  const claims = goodClaims(issuer.issuer);
  const good = signToken(rsa, claims);
  const [head = '', body = '', signature = ''] = good.split('.');
  return {
    ...issuer,
    claims,
    good,
    head,
    body,
    signature,
    now: seconds(Date.now()),
    stranger: createSigningKey('RS256', rsa.keyId),
    header: (more: object) => signToken(rsa, claims, { alg: 'RS256', kid: rsa.keyId, ...more }),
    claiming: (more: object) => signToken(rsa, { ...claims, ...more }),
    without: (name: string) =>
      signToken(rsa, Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))),
    none: (alg: string) => `${part({ alg, kid: rsa.keyId })}.${body}.`,
    headText: (text: string) => signToken(rsa, claims, text),
    bodyText: (text: string | Buffer) => signToken(rsa, text),
  };
}

type Forge = ReturnType<typeof createForge>;

const row = (name: string, token: string, reason: TokenReason): TokenAttack => ({ name, token, reason });

function algorithmAttacks(forge: Forge): TokenAttack[] {
  const { claims, body, signature, header, none } = forge;
  return [
    ...['none', 'None', 'NONE', 'nOnE', ''].map((alg) =>
      row(`alg ${alg || 'empty'}`, none(alg), 'token.algorithm'),
    ),
    row('alg none with a signature', `${part({ alg: 'none' })}.${body}.${signature}`, 'token.algorithm'),
    row('no alg', header({ alg: undefined }), 'token.algorithm'),
    row('alg as a list', header({ alg: ['RS256'] }), 'token.algorithm'),
    row('HS256 with the PEM as the secret', confused(forge, pem, { alg: 'HS256' }), 'token.algorithm'),
    row(
      'HS256 with the PEM without its end',
      confused(forge, (key) => pem(key).trimEnd(), { alg: 'HS256' }),
      'token.algorithm',
    ),
    row('HS256 with the DER as the secret', confused(forge, der, { alg: 'HS256' }), 'token.algorithm'),
    row('RS256 said, HMAC made', confused(forge, pem, { alg: 'RS256' }), 'token.signature'),
    row('another algorithm than the key is for', header({ alg: 'PS256' }), 'token.key-mismatch'),
    row('an elliptic algorithm for an RSA key', header({ alg: 'ES256' }), 'token.key-mismatch'),
    row('a lower-case algorithm', header({ alg: 'rs256' }), 'token.algorithm'),
    row(
      'another curve than the key',
      signToken(createSigningKey('ES384', 'ec-1'), claims),
      'token.key-mismatch',
    ),
  ];
}

function signatureAttacks(forge: Forge): TokenAttack[] {
  const { rsa, ec, edwards, claims, head, body, signature, stranger } = forge;
  return [
    row(
      'a signature of zeros (CVE-2022-21449)',
      `${part({ alg: 'ES256', kid: 'ec-1' })}.${body}.${part(Buffer.alloc(64))}`,
      'token.signature',
    ),
    row('a signature in DER', derSignature(ec, claims), 'token.signature'),
    row('another key of the same id', signToken(stranger, claims), 'token.signature'),
    row(
      'an altered claim',
      `${head}.${part({ ...claims, groups: ['admins'] })}.${signature}`,
      'token.signature',
    ),
    row(
      'an altered header',
      `${part({ alg: 'RS256', kid: rsa.keyId, typ: 'JWT', x: 1 })}.${body}.${signature}`,
      'token.signature',
    ),
    row(
      'a cut signature',
      `${head}.${body}.${part(Buffer.from(signature, 'base64url').subarray(0, -8))}`,
      'token.signature',
    ),
    row('no signature', `${head}.${body}.`, 'token.signature'),
    row(
      'an Ed25519 signature of another token',
      `${part({ alg: 'EdDSA', kid: 'ed-1' })}.${body}.${signToken(edwards, { ...claims, x: 1 }).split('.')[2]}`,
      'token.signature',
    ),
  ];
}

function keyAttacks(forge: Forge): TokenAttack[] {
  const { header, claims, rsa, stranger, weak } = forge;
  return [
    row('a key id that is a path', header({ kid: '../../../../dev/null' }), 'token.key-unknown'),
    row('a key id that is SQL', header({ kid: "x' UNION SELECT 'key' --" }), 'token.key-unknown'),
    row('a key id that is a command', header({ kid: '| /bin/true' }), 'token.key-unknown'),
    row('a key id that is an address', header({ kid: 'https://evil.example/key' }), 'token.key-unknown'),
    row('a key id of the prototype', header({ kid: '__proto__' }), 'token.key-unknown'),
    row('a key id that is no text', header({ kid: { $ne: null } }), 'token.key-id'),
    row('an endless key id', header({ kid: 'k'.repeat(257) }), 'token.key-id'),
    row(
      'no key id where there are several keys',
      signToken(stranger, claims, { alg: 'ES256' }),
      'token.signature',
    ),
    row('a weak key', signToken(weak[0] as SigningKey, claims), 'token.key-weak'),
    row(
      'an embedded key (CVE-2018-0114)',
      signToken(stranger, claims, { alg: 'RS256', jwk: stranger.jwk }),
      'token.embedded-key',
    ),
    row('an embedded key beside a good id', header({ jwk: rsa.jwk }), 'token.embedded-key'),
    row('a place of keys (jku)', header({ jku: 'https://evil.example/keys' }), 'token.embedded-key'),
    row('a place of certificates (x5u)', header({ x5u: 'https://evil.example/x5' }), 'token.embedded-key'),
    row('embedded certificates (x5c)', header({ x5c: ['MIIB'] }), 'token.embedded-key'),
  ];
}

function headerAttacks(forge: Forge): TokenAttack[] {
  const { head, header } = forge;
  return [
    row('critical extensions', header({ crit: ['exp'], exp: 1 }), 'token.critical'),
    row('critical extensions, none', header({ crit: [] }), 'token.critical'),
    row('an unencoded payload (b64)', header({ b64: false, crit: ['b64'] }), 'token.critical'),
    row('b64 without crit', header({ b64: false }), 'token.critical'),
    row('compression', header({ zip: 'DEF' }), 'token.critical'),
    row('nested', header({ cty: 'JWT' }), 'token.nested'),
    row('encrypted', [head, 'e', 'i', 'c', 't'].join('.'), 'token.encrypted'),
    row('encryption in a signed form', header({ enc: 'A128GCM' }), 'token.encrypted'),
    row('a logout token', header({ typ: 'logout+jwt' }), 'token.type'),
    row('a proof of possession', header({ typ: 'dpop+jwt' }), 'token.type'),
    row('a type that is no text', header({ typ: 1 }), 'token.type'),
  ];
}

function shapeAttacks(forge: Forge): TokenAttack[] {
  const { claims, good, head, body, signature, header, claiming, headText, bodyText } = forge;
  return [
    row(
      'a name twice in the header',
      headText('{"alg":"none","alg":"RS256","kid":"rsa-1"}'),
      'token.duplicate-name',
    ),
    row(
      'a name twice, spelt with an escape',
      headText('{"alg":"RS256","\\u0061lg":"none","kid":"rsa-1"}'),
      'token.duplicate-name',
    ),
    row(
      'a claim twice',
      bodyText(JSON.stringify(claims).replace('{', '{"sub":"admin",')),
      'token.duplicate-name',
    ),
    row(
      'a claim twice, spelt with an escape',
      bodyText(JSON.stringify(claims).replace('{', '{"\\u0073ub":"admin",')),
      'token.duplicate-name',
    ),
    row('claims that are no JSON', bodyText('{"iss":'), 'token.malformed'),
    row('claims that are a list', bodyText('[]'), 'token.malformed'),
    row(
      'claims with bytes that are no UTF-8',
      bodyText(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])),
      'token.malformed',
    ),
    row('claims behind a byte order mark', bodyText(`\ufeff${JSON.stringify(claims)}`), 'token.malformed'),
    row(
      'claims that nest without end',
      bodyText(`{"a":${'['.repeat(500)}${']'.repeat(500)}}`),
      'token.malformed',
    ),
    row('base64url with padding', `${good}==`, 'token.malformed'),
    row('base64url with spare bits', withSpareBits(good), 'token.malformed'),
    row('the standard alphabet', `${head}.${body}.${signature.slice(0, -1)}+`, 'token.malformed'),
    row('a tail behind a fourth dot', `${good}.`, 'token.malformed'),
    row('two parts', `${head}.${body}`, 'token.malformed'),
    row('empty parts', '..', 'token.malformed'),
    row('JSON form', `.${part({ payload: body })}.`, 'token.malformed'),
    row('oversized', claiming({ filler: 'x'.repeat(16_384) }), 'token.too-large'),
    row('an oversized header', header({ filler: 'x'.repeat(5000) }), 'token.too-large'),
  ];
}

function claimAttacks(forge: Forge): TokenAttack[] {
  const { claims, now, claiming, without, bodyText, issuer } = forge;
  return [
    row('another issuer', claiming({ iss: 'https://evil.example' }), 'token.issuer'),
    row('the issuer with a slash more', claiming({ iss: `${issuer}/` }), 'token.issuer'),
    row('the issuer in other letters', claiming({ iss: issuer.toUpperCase() }), 'token.issuer'),
    row('issuers as a list', claiming({ iss: [issuer] }), 'token.issuer'),
    row('no issuer', without('iss'), 'token.issuer'),
    row('no end', without('exp'), 'token.no-expiry'),
    row('no time of issue', without('iat'), 'token.no-issue-time'),
    row('expired', claiming({ iat: now - 700, exp: now - 100 }), 'token.expired'),
    row('expired long ago', claiming({ exp: 0 }), 'token.expired'),
    row('an end that is a text', claiming({ exp: String(now + 600) }), 'token.claims'),
    row(
      'an end without end',
      bodyText(JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e999')),
      'token.claims',
    ),
    row('an end below zero', claiming({ exp: -1 }), 'token.claims'),
    row('not valid yet', claiming({ nbf: now + 300 }), 'token.not-yet'),
    row('issued in the future', claiming({ iat: now + 300, exp: now + 900 }), 'token.not-yet'),
    row(
      'issued too long ago, though it has not ended',
      claiming({ iat: now - 90_000, exp: now + 600 }),
      'token.too-old',
    ),
    row('another audience', claiming({ aud: 'other' }), 'token.audience'),
    row('an audience that begins so', claiming({ aud: 'ai2' }), 'token.audience'),
    row('an audience among what is no text', claiming({ aud: ['ai', 1] }), 'token.audience'),
    row('no audience', without('aud'), 'token.audience'),
    row('no subject', without('sub'), 'token.subject'),
    row('an empty subject', claiming({ sub: '' }), 'token.subject'),
    row('a subject that is no text', claiming({ sub: 7 }), 'token.subject'),
    row(
      'a subject with half a character',
      bodyText(JSON.stringify(claims).replace(/"sub":"[^"]*"/, '"sub":"\\ud800"')),
      'token.subject',
    ),
    row(
      'bound to a key of its holder',
      claiming({ cnf: { jkt: createHash('sha256').digest('base64url') } }),
      'token.bound',
    ),
    row('a team the policy has not', claiming({ department: 'sales' }), 'token.team'),
  ];
}

/** Everything published against JWTs that a gate can meet: RFC 8725, the CVEs of libraries, and what lax parsers take. */
export function tokenAttacks(issuer: Issuer): readonly TokenAttack[] {
  const forge = createForge(issuer);
  return [algorithmAttacks, signatureAttacks, keyAttacks, headerAttacks, shapeAttacks, claimAttacks].flatMap(
    (attacks) => attacks(forge),
  );
}

/** The last digit of a 256-byte signature has four spare bits; a lax decoder takes sixteen tokens for one. */
function withSpareBits(token: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = digits.indexOf(token.at(-1) ?? 'A');
  return token.slice(0, -1) + digits[last + 1];
}

function derSignature(key: SigningKey, claims: object): string {
  const input = `${part({ alg: 'ES256', kid: key.keyId })}.${part(claims)}`;
  const raw = signBytes('ES256', input, key.privateKey);
  const integer = (bytes: Buffer): Buffer => {
    const positive = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
    return Buffer.concat([Buffer.from([2, positive.length]), positive]);
  };
  const body = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
  return `${input}.${part(Buffer.concat([Buffer.from([0x30, body.length]), body]))}`;
}
