import { type Clock, createBoundedMap, type JsonObject } from '../../../kernel/index.ts';
import type { Identification, Principal } from '../identity.ts';
import { type LastPlace, nowhereYet } from '../last-place.ts';
import { type ClaimsPolicy, judgeClaims } from './claims.ts';
import type { IssuerSection } from './issuer-section.ts';
import type { Issuers } from './issuers.ts';
import type { Withdrawn } from '../withdrawals/withdrawn.ts';
import type { RevokedTokens } from './revoked-tokens.ts';
import { type Unverified, type VerifiedToken, verifyToken } from './verify.ts';

/** What tokens need of a policy. */
export interface TokenPolicy extends ClaimsPolicy {
  readonly tokens: readonly IssuerSection[];
}

export interface TokensOptions {
  readonly issuers: Issuers;
  readonly revoked: RevokedTokens;
  readonly withdrawn: Withdrawn;
  readonly clock: Clock;
  readonly policy: TokenPolicy;
  /** The keyed pseudonym of a person. */
  person(name: string): string;
}

export interface Tokens {
  /** Whether the policy has any issuer. */
  readonly accepted: boolean;
  /** What is known of a token that verified lately, at once; undefined where it must be verified. */
  recall(hash: string): Recalled | undefined;
  /** Verifies; the same token at the same time is verified once. */
  verify(token: string, hash: string): Promise<Identification>;
  isActive(principal: Principal): boolean;
  /** Undefined: a principal of another kind. */
  claimsOf(principal: Principal): JsonObject | undefined;
  /** Readies another policy; throws Fault `policy.invalid` and changes nothing where it cannot be put in force. */
  prepare(policy: TokenPolicy): { swap(): void; discard(): void };
}

export interface Recalled {
  readonly identification: Identification;
  /** Where it was used last. */
  readonly use: LastPlace;
}

/** Twice as many are held at most; one is a few kilobytes. */
const remembered = 4096;

/** A token that verified, for as long as it may be used. */
interface KnownToken {
  readonly hash: string;
  readonly principal: Principal;
  readonly recalled: Recalled;
  verified: VerifiedToken;
  /** Of the policy with what is withdrawn, and of the revocations, it was last held against. */
  seenPolicy: number;
  seenRevocations: number;
}

/** `unsure`: it must be verified again before another call, and calls under way go on: the policy gives it more than before, or its issuer's keys are too old to say. */
type Standing = 'active' | 'ended' | 'revoked' | 'changed' | 'unsure';

function refusedToken(reason: 'token.revoked' | 'token.withdrawn', callerId: string): Identification {
  return { ok: false, code: 'credential.token', reason, callerId };
}

/** The pseudonym that stands for a subject of an issuer in entries; a revocation of a subject names it too. */
export function principalIdOf(person: (name: string) => string, issuer: string, subject: string): string {
  return person(JSON.stringify([issuer, subject]));
}

/**
 * Tokens that verified are remembered by the SHA-256 of their text until they end. What could have changed since is looked at on every call: the end, the
 * policy, the revocations, whether the issuer still publishes the key; each is a comparison unless it did change.
 */
export function createTokens(options: TokensOptions): Tokens {
  const { issuers, revoked, withdrawn, clock, policy: first, person } = options;
  const byHash = createBoundedMap<KnownToken>(remembered);
  const byPrincipal = new WeakMap<Principal, KnownToken>();
  const verifying = new Map<string, Promise<Identification>>();
  let policy = first;
  let loads = 0;
  /** Both only grow, so that no two states have the same number. */
  const policyRevision = (): number => loads + withdrawn.revision;

  function refuse({ reason, signed }: Unverified): Identification {
    const callerId = signed && principalIdOf(person, signed.issuer, signed.subject);
    return { ok: false, code: 'credential.token', reason, ...(callerId !== undefined && { callerId }) };
  }

  function isRevoked({ principal: { id }, verified: { issuer, judged } }: KnownToken): boolean {
    const { issuer: name, skew } = issuer.section;
    const { tokenId, issuedAt } = judged;
    return revoked.covers({ issuer: name, principalId: id, tokenId, issuedAt, skewMs: skew });
  }

  /** Holds a token against a policy loaded since. */
  function policyStanding(known: KnownToken): Standing {
    const { verified, principal } = known;
    const issuer = issuers.get(verified.issuer.section.issuer);
    if (issuer?.source !== verified.issuer.source) return 'changed';
    if (!issuer.section.algorithms.includes(verified.algorithm)) return 'changed';
    const judged = judgeClaims(verified.claims, { issuer: issuer.section, policy, now: clock.now() });
    if (!judged.ok) return 'changed';
    if (withdrawn.covers(judged.value)) return 'changed';
    const { team, expiresAt } = judged.value;
    const roles = withdrawn.rolesLeft(judged.value.roles);
    if (team !== principal.team || principal.roles.some((role) => !roles.includes(role))) return 'changed';
    if (roles.length > principal.roles.length || expiresAt !== principal.expiresAt) return 'unsure';
    known.verified = { ...verified, issuer };
    known.seenPolicy = policyRevision();
    return 'active';
  }

  /** Whether the issuer still publishes the key, where its keys were fetched again since. */
  function keyStanding(known: KnownToken): Standing {
    const { verified } = known;
    const set = verified.issuer.source.current();
    if (set === verified.set) return 'active';
    if (!set.ok) return 'unsure';
    const key = set.keys.find(
      (other) => other.key.equals(verified.key.key) && other.fits(verified.algorithm),
    );
    if (!key) return 'changed';
    known.verified = { ...verified, key, set };
    return 'active';
  }

  function standingOf(known: KnownToken): Standing {
    if (clock.now() >= known.principal.expiresAt) return 'ended';
    if (known.seenRevocations !== revoked.revision) {
      if (isRevoked(known)) return 'revoked';
      known.seenRevocations = revoked.revision;
    }
    const standing = known.seenPolicy === policyRevision() ? 'active' : policyStanding(known);
    if (standing === 'changed') return standing;
    const byKey = keyStanding(known);
    return byKey === 'active' ? standing : byKey;
  }

  function remember(hash: string, verified: VerifiedToken): Identification {
    const { issuer, judged } = verified;
    const name = issuer.section.issuer;
    const id = principalIdOf(person, name, judged.subject);
    if (withdrawn.covers(judged)) return refusedToken('token.withdrawn', id);
    const principal: Principal = {
      kind: 'token',
      id,
      roles: withdrawn.rolesLeft(judged.roles),
      team: judged.team,
      expiresAt: judged.expiresAt,
      limitsId: id,
    };
    const recalled: Recalled = { identification: { ok: true, principal }, use: nowhereYet() };
    const seen = { seenPolicy: policyRevision(), seenRevocations: revoked.revision };
    const known: KnownToken = { hash, principal, recalled, verified, ...seen };
    if (isRevoked(known)) return refusedToken('token.revoked', id);
    byHash.set(hash, known);
    byPrincipal.set(principal, known);
    return recalled.identification;
  }

  async function verifyNow(token: string, hash: string): Promise<Identification> {
    const revision = policyRevision();
    const context = { issuer: issuers.get, policy, now: clock.now };
    const result = await verifyToken(token, context);
    if (!result.ok) return refuse(result);
    // A policy that was loaded while the keys were fetched may mean something else by the same claims.
    if (revision !== policyRevision()) return verifyNow(token, hash);
    return remember(hash, result.value);
  }

  return {
    get accepted() {
      return issuers.size > 0;
    },
    recall(hash) {
      const known = byHash.get(hash);
      if (!known) return undefined;
      const standing = standingOf(known);
      if (standing === 'active') return known.recalled;
      byHash.delete(hash);
      // What ended or changed is verified once more, which finds the reason.
      if (standing !== 'revoked') return undefined;
      return { identification: refusedToken('token.revoked', known.principal.id), use: known.recalled.use };
    },
    verify(token, hash) {
      const running = verifying.get(hash);
      if (running) return running;
      const started = verifyNow(token, hash).finally(() => verifying.delete(hash));
      verifying.set(hash, started);
      return started;
    },
    isActive(principal) {
      const known = byPrincipal.get(principal);
      if (!known) return false;
      const standing = standingOf(known);
      return standing === 'active' || standing === 'unsure';
    },
    claimsOf: (principal) => byPrincipal.get(principal)?.verified.claims,
    prepare(next) {
      const prepared = issuers.prepare(next.tokens);
      return {
        discard: prepared.discard,
        swap() {
          prepared.swap();
          policy = next;
          loads++;
        },
      };
    },
  };
}
