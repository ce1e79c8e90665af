import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { createSigningKey, keySetOf } from '../../../../test/support/tokens.ts';
import { readKeySet } from './key-set.ts';
import { rsaWeakness } from './weak-keys.ts';

const read = (value: unknown) => readKeySet(Buffer.from(JSON.stringify(value)));
const good = createSigningKey('RS256', 'good');
const { n: modulus, e: exponent } = good.jwk;

/** What became of one key of a set: `used`, why not, or `ignored`. */
function fateOf(jwk: object): string {
  const reading = read({ keys: [jwk] });
  assert.ok(reading.ok);
  const [problem] = reading.set.refused;
  return problem?.problem ?? (reading.set.keys.length === 1 ? 'used' : 'ignored');
}

const hexOf = (value: bigint): string => {
  const hex = value.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
};
const base64 = (value: bigint): string => Buffer.from(hexOf(value), 'hex').toString('base64url');
const powerOf = (base: bigint, power: bigint, modulo: bigint): bigint => {
  let result = 1n;
  for (let b = base % modulo, rest = power; rest > 0n; rest >>= 1n, b = (b * b) % modulo)
    if (rest & 1n) result = (result * b) % modulo;
  return result;
};

/** As the broken library made primes: k * M + (65537^a mod M), M the product of the first primes. */
function rocaNumber(seed: bigint): bigint {
  let product = 1n;
  for (let prime = 2n, found = 0; found < 126; prime++) {
    let isPrime = true;
    for (let factor = 2n; factor * factor <= prime; factor++) if (prime % factor === 0n) isPrime = false;
    if (!isPrime) continue;
    product *= prime;
    found++;
  }
  const wanted = 3n << 1022n;
  return (wanted / product + seed) * product + powerOf(65_537n, 123_456_789n + seed, product);
}

describe('keys of an issuer', () => {
  it('are used where they are public signing keys, strong enough', () => {
    assert.equal(fateOf(good.jwk), 'used');
    assert.equal(fateOf({ kty: 'RSA', n: modulus, e: exponent }), 'used');
    for (const algorithm of ['PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])
      assert.equal(fateOf(createSigningKey(algorithm, 'k').jwk), 'used', algorithm);
  });

  it('are no keys for encryption', () => {
    assert.equal(fateOf({ ...good.jwk, use: 'enc' }), 'ignored');
    assert.equal(fateOf({ ...good.jwk, key_ops: ['encrypt'] }), 'ignored');
  });

  it('are refused where they are weak', () => {
    const rsa = (n: bigint, e = 65_537n) => ({ kty: 'RSA', n: base64(n), e: base64(e) });
    const whole = BigInt(`0x${Buffer.from(String(modulus), 'base64url').toString('hex')}`);
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
    assert.match(fateOf(short), /1024 bits/);
    assert.match(fateOf(rsa(whole, 1n)), /exponent is 1/);
    assert.match(fateOf(rsa(whole, 2n)), /exponent is 2/);
    assert.match(fateOf(rsa(whole, 65_536n)), /exponent is 65536/);
    assert.match(fateOf(rsa(whole, 1n << 40n)), /exponent is too large/);
    assert.match(fateOf(rsa(whole << 8000n)), /at most/);
    assert.match(fateOf(rsa(whole * 3n)), /small factor/);
    assert.match(fateOf(rsa(whole + 1n)), /small factor/);
    assert.match(fateOf({ ...good.jwk, n: `AA${String(modulus)}` }), /shortest form/);
    const roca = rocaNumber(1n) * rocaNumber(2n);
    assert.match(rsaWeakness(Buffer.from(hexOf(roca), 'hex'), Buffer.from([1, 0, 1])) ?? '', /ROCA/);
    const near = (whole >> 1024n) | (3n << 1022n) | 1n;
    assert.match(
      rsaWeakness(Buffer.from(hexOf(nearProduct(near)), 'hex'), Buffer.from([1, 0, 1])) ?? '',
      /close/,
    );
    assert.match(
      fateOf({ kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32).toString('base64url') }),
      /small order/,
    );
  });

  it('are refused where they are secrets, of no curve, on none, or say what they are not', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const ec = createSigningKey('ES256', 'k').jwk;
    assert.match(fateOf(privateKey.export({ format: 'jwk' })), /private key/);
    assert.match(fateOf({ kty: 'oct', k: 'c2VjcmV0' }), /shared secret/);
    assert.match(fateOf({ ...ec, y: ec.x }), /not on the curve/);
    assert.match(fateOf({ ...ec, crv: 'secp256k1' }), /curve is not known/);
    assert.match(fateOf({ ...ec, crv: 'P-384', alg: undefined }), /not on the curve/);
    assert.match(fateOf({ ...ec, alg: 'ES384' }), /another kind of key/);
    assert.match(fateOf({ ...good.jwk, alg: 'HS256' }), /algorithm is not known/);
    assert.match(fateOf({ ...good.jwk, alg: 'none' }), /algorithm is not known/);
    assert.match(fateOf({ ...good.jwk, n: `${String(modulus)}=` }), /canonical/);
    assert.match(fateOf({ kty: 'XXX' }), /kind is not known/);
    for (const kid of [7, '', 'k'.repeat(257), 'a\u202eb'])
      assert.match(fateOf({ ...ec, kid }), /id is no text/);
  });

  it('are found by their id alone, and only where one fits', () => {
    const reading = read(keySetOf(good, createSigningKey('ES256', 'ec'), createSigningKey('RS256', 'good2')));
    assert.ok(reading.ok);
    const { set } = reading;
    assert.ok(set.find('good', 'RS256').ok);
    assert.ok(set.find(undefined, 'ES256').ok);
    assert.deepEqual(set.find(undefined, 'RS256'), { ok: false, reason: 'token.key-unknown' });
    assert.deepEqual(set.find('ec', 'RS256'), { ok: false, reason: 'token.key-mismatch' });
    const twice = read(keySetOf(good, createSigningKey('RS256', 'good')));
    assert.ok(twice.ok);
    assert.deepEqual(twice.set.find('good', 'RS256'), { ok: false, reason: 'token.key-unknown' });
  });

  it('come in a set of bounded size that is strict JSON', () => {
    const problem = (bytes: Buffer): string => {
      const reading = readKeySet(bytes);
      return reading.ok ? 'taken' : reading.problem;
    };
    assert.match(problem(Buffer.alloc(300_000, 0x20)), /larger than/);
    assert.match(
      problem(Buffer.from(JSON.stringify({ keys: Array.from({ length: 10_000 }, () => 1) }))),
      /more than 256/,
    );
    assert.match(problem(Buffer.from('{"keys":[],"keys":[]}')), /duplicate name/);
    assert.match(problem(Buffer.from('{"keys":{}}')), /no list/);
    assert.match(problem(Buffer.from('[]')), /no list/);
    assert.equal(problem(Buffer.from('{"keys":[null,1,"x",[],{}]}')), 'taken');
  });
});

/** A product of two numbers that stand next to each other and have no small factor. */
function nearProduct(start: bigint): bigint {
  const coprime = (from: bigint): bigint => {
    for (let value = from; ; value += 2n) {
      let clean = true;
      for (let factor = 3n; factor < 1000n && clean; factor += 2n) clean = value % factor !== 0n;
      if (clean) return value;
    }
  };
  const first = coprime(start);
  return first * coprime(first + 2n);
}
