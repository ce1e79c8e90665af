import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createIssuer, tokenAttacks } from '../../../../test/support/token-attacks.ts';
import { goodClaims, part, seconds, signToken } from '../../../../test/support/tokens.ts';
import { compileIdentity } from '../key-policy.ts';
import { identitySection } from '../policy-section.ts';
import { inspectToken } from './inspect.ts';
import { type KeySet, readKeySet } from './key-set.ts';
import { type Issuer, verifyToken } from './verify.ts';

const made = createIssuer('https://login.example.com');
const policy = compileIdentity(
  identitySection.schema.parse({
    tokens: [
      {
        issuer: made.issuer,
        audience: 'ai',
        longest: '1h',
        roles: { claim: 'groups', map: { 'ai-developers': ['developer', 'agent'] } },
        team: 'department',
      },
    ],
    teams: { research: {} },
    roles: { agent: { may: ['call /agents/**'] }, developer: { may: ['call /v1/**'] } },
  }),
);

function keysOf(value: object): KeySet {
  const reading = readKeySet(Buffer.from(JSON.stringify(value)));
  assert.ok(reading.ok);
  return reading.set;
}

function contextOf(set: KeySet, now = Date.now()) {
  const state = () => ({ ageMs: 0, usable: true });
  const source = { current: () => set, renew: () => undefined, state, close: async () => {} };
  const [section] = policy.tokens;
  assert.ok(section);
  const issuer: Issuer = { section, source };
  return { issuer: (name: string) => (name === section.issuer ? issuer : undefined), policy, now: () => now };
}

const set = keysOf(made.keySet);
const reasonOf = async (token: string, now?: number): Promise<string> => {
  const result = await verifyToken(token, contextOf(set, now));
  return result.ok ? 'accepted' : result.reason;
};

describe('a token', () => {
  it('is refused for each published attack, for the reason it is one, and inspecting says the same', async () => {
    for (const { name, token, reason } of tokenAttacks(made)) {
      assert.equal(await reasonOf(token), reason, name);
      const options = { ...policy, issuers: policy.tokens, keysOf: () => set, now: Date.now() };
      const inspection = await inspectToken(token, options);
      assert.equal(inspection.reason, reason, name);
      assert.equal(inspection.accepted, 'no', name);
    }
  });

  it('is accepted in every form an issuer may give it', async () => {
    const claims = goodClaims(made.issuer);
    const now = seconds(Date.now());
    const accepted = [
      signToken(made.rsa, claims, { alg: 'RS256', kid: 'rsa-1' }),
      signToken(made.rsa, claims, { alg: 'RS256', kid: 'rsa-1', typ: 'JWT' }),
      signToken(made.rsa, claims, {
        alg: 'RS256',
        kid: 'rsa-1',
        typ: 'application/AT+JWT',
        x5t: 'abc',
        unknown: 1,
      }),
      signToken(made.ec, claims, { alg: 'ES256' }),
      signToken(made.edwards, { ...claims, aud: ['other', 'ai'] }),
      signToken(made.edwards, claims, { alg: 'Ed25519', kid: 'ed-1' }),
      signToken(made.ec, { ...claims, jti: undefined, nbf: now, exp: now + 0.5, groups: 'ai-developers' }),
      signToken(made.ec, { ...claims, sub: 'ü\ud83d\ude00', unknown: { deep: [1] } }),
    ];
    for (const token of accepted) assert.equal(await reasonOf(token), 'accepted');
    const result = await verifyToken(accepted[0] ?? '', contextOf(set));
    assert.ok(result.ok);
    assert.deepEqual(result.value.judged.roles, ['agent', 'developer']);
    assert.equal(result.value.judged.team, 'research');
  });

  it('is accepted from its issue to its end and no longer, give or take the skew', async () => {
    const now = Date.UTC(2026, 0, 1);
    const token = signToken(made.ec, { ...goodClaims(made.issuer, now), nbf: seconds(now) + 60 });
    const at = (offsetMs: number): Promise<string> => reasonOf(token, now + offsetMs);
    assert.equal(await at(29_999), 'token.not-yet');
    assert.equal(await at(30_000), 'accepted');
    assert.equal(await at(629_999), 'accepted');
    assert.equal(await at(630_000), 'token.expired');
    const long = signToken(made.ec, { ...goodClaims(made.issuer, now), exp: seconds(now) + 86_400 });
    assert.equal(await reasonOf(long, now + 3_629_999), 'accepted');
    assert.equal(await reasonOf(long, now + 3_630_000), 'token.too-old');
  });

  it('has one text: no change of a single character is accepted', async () => {
    const token = signToken(made.ec, goodClaims(made.issuer));
    const digit = fc.constantFrom(
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ '.split(''),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), digit, async (at, other) => {
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        assert.equal((await reasonOf(changed)) === 'accepted', changed === token);
      }),
      { numRuns: 300 },
    );
  });

  it('that is any text at all is refused and throws nothing', async () => {
    const json = fc.json().map((text) => part(text));
    const piece = fc.oneof(fc.string(), json, fc.base64String());
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
        assert.match(await reasonOf(pieces.join('.')), /^token\./);
      }),
    );
  });
});
