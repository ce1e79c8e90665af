import type { OidcSection, OperatorsSection } from './section.ts';
import type { OperatorRow } from './store.ts';

interface Claims {
  readonly issuer: string;
  readonly values: readonly string[];
}

/** Only values the policy names are kept: a token may list every group of a company. */
export function claimsText(issuer: string, values: readonly string[]): string {
  return JSON.stringify({ issuer, values } satisfies Claims);
}

/** The roles that values of the claim give, in the policy's order. */
export function rolesOfClaim({ roles }: OidcSection, values: readonly string[]): string[] {
  const given = Object.entries(roles).filter(([value]) => values.includes(value));
  return [...new Set(given.flatMap(([, names]) => names))];
}

export function textsOf(json: string): readonly string[] {
  const parsed: unknown = JSON.parse(json);
  return Array.isArray(parsed) ? parsed.filter((item) => typeof item === 'string') : [];
}

/**
 * The roles an operator has now. Those from claims are worked out anew each time, so that a new policy counts at once; claims of
 * an issuer the policy no longer names give nothing.
 */
export function rolesOf(row: OperatorRow, { oidc }: OperatorsSection): readonly string[] {
  if (row.subject === null) return textsOf(row.roles);
  if (!oidc || row.claims === null) return [];
  const { issuer, values } = JSON.parse(row.claims) as Claims;
  return issuer === oidc.issuer ? rolesOfClaim(oidc, values) : [];
}
