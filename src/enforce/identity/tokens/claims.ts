import type { JsonObject, JsonValue } from '../../../kernel/index.ts';
import type { Roles } from '../roles.ts';
import type { Teams } from '../teams.ts';
import { refused, type Result } from './compact.ts';
import type { IssuerSection, RoleClaims, TeamClaims } from './issuer-section.ts';

/** What the claims of a token say, once its signature has verified. Times are Unix milliseconds. */
export interface JudgedClaims {
  readonly subject: string;
  /** `jti`. */
  readonly tokenId: string | undefined;
  readonly issuedAt: number;
  /** From then on the token is refused: its own end or its longest age, and the skew. */
  readonly expiresAt: number;
  /** In the policy's order. */
  readonly roles: readonly string[];
  readonly team: string | undefined;
}

export interface ClaimsPolicy {
  readonly roles: Roles;
  readonly teams: Teams;
}

const longestSubject = 512;
const mostAudiences = 64;
/** The year 9999. */
const latestSecond = 253_402_300_799;

/** RFC 7519 section 4.1, with an end and a time of issue mandatory. The issuer was matched before, since it chose the keys. */
export function judgeClaims(
  claims: JsonObject,
  { issuer, policy, now }: { issuer: IssuerSection; policy: ClaimsPolicy; now: number },
): Result<JudgedClaims> {
  const times = judgeTimes(claims, issuer, now);
  if (!times.ok) return times;
  if (!isFor(claims['aud'], issuer.audience)) return refused('token.audience');
  const { sub, jti } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > longestSubject || !sub.isWellFormed())
    return refused('token.subject');
  if (jti !== undefined && (typeof jti !== 'string' || jti === '' || jti.length > longestSubject))
    return refused('token.claims');
  // RFC 7800: whoever holds it must prove it, and a bearer cannot.
  if (claims['cnf'] !== undefined) return refused('token.bound');
  const team = teamOf(claims, issuer.team, policy.teams);
  if (issuer.team && team === undefined) return refused('token.team');
  const roles = rolesOf(claims, issuer.roles, policy.roles);
  return { ok: true, value: { subject: sub, tokenId: jti, ...times.value, roles, team } };
}

function judgeTimes(
  claims: JsonObject,
  { longest, skew }: IssuerSection,
  now: number,
): Result<{ issuedAt: number; expiresAt: number }> {
  const { exp, iat, nbf } = claims;
  if (exp === undefined) return refused('token.no-expiry');
  if (iat === undefined) return refused('token.no-issue-time');
  if (!isTime(exp) || !isTime(iat) || (nbf !== undefined && !isTime(nbf))) return refused('token.claims');
  const issuedAt = iat * 1000;
  if (issuedAt > now + skew || (nbf ?? 0) * 1000 > now + skew) return refused('token.not-yet');
  if (now >= exp * 1000 + skew) return refused('token.expired');
  if (now >= issuedAt + longest + skew) return refused('token.too-old');
  return {
    ok: true,
    value: { issuedAt, expiresAt: Math.floor(Math.min(exp * 1000, issuedAt + longest) + skew) },
  };
}

/** RFC 7519 section 2, NumericDate. */
function isTime(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= latestSecond;
}

function isFor(audience: JsonValue | undefined, wanted: readonly string[]): boolean {
  if (typeof audience === 'string') return wanted.includes(audience);
  if (!Array.isArray(audience) || audience.length > mostAudiences) return false;
  return audience.every((item) => typeof item === 'string') && audience.some((item) => wanted.includes(item));
}

function rolesOf(
  claims: JsonObject,
  { claim, map, always = [] }: RoleClaims,
  roles: Roles,
): readonly string[] {
  const values = claim ? valuesAt(claims, claim) : [];
  const named = map
    ? values.flatMap((value) => (Object.hasOwn(map, value) ? (map[value] ?? []) : []))
    : values;
  const held = new Set([...named, ...always]);
  return roles.names.filter((role) => held.has(role));
}

function teamOf(claims: JsonObject, section: TeamClaims | undefined, teams: Teams): string | undefined {
  if (!section) return undefined;
  const { claim, map, otherwise } = section;
  const values = claim ? valuesAt(claims, claim) : [];
  const named = new Set(
    map ? values.map((value) => (Object.hasOwn(map, value) ? map[value] : undefined)) : values,
  );
  return teams.names.find((team) => named.has(team)) ?? otherwise;
}

/** Claims that hold several values in one text (RFC 8693 section 4.2; `scp` is Entra's). In no other is a space a separator. */
const spaced = new Set(['scope', 'scp']);

/** The texts a claim holds: itself, or the items of its list. */
function valuesAt(claims: JsonObject, path: readonly string[]): readonly string[] {
  let value: JsonValue | undefined = claims;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return [];
    value = (value as JsonObject)[name];
  }
  if (typeof value === 'string') return spaced.has(path.at(-1) ?? '') ? value.split(' ') : [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
