import { z } from 'zod';
import { field, type ReportProblem } from '../../../policy/index.ts';
import { algorithmNames } from './algorithms.ts';

const claimName = z.string().min(1).max(256);

/** A claim by its name, or the way to one inside others: `[realm_access, roles]`. */
const claim = z
  .union([claimName, z.array(claimName).min(1).max(4)])
  .transform((value): readonly string[] => (Array.isArray(value) ? value : [value]));

/** The short form has no list: `roles: [developer]` would read as the role and mean a claim. */
const onlyClaim = claimName.transform((name) => ({ claim: [name] as readonly string[] }));

const roles = z
  .union([
    onlyClaim,
    z.strictObject({
      claim: claim.exactOptional().describe('The claim, or the way to it: [realm_access, roles].'),
      map: z
        .record(z.string().min(1).max(256), field.oneOrMany(field.name()))
        .exactOptional()
        .describe(
          'What each value of the claim means; others mean nothing. Default: values are names of roles.',
        ),
      always: z.array(field.name()).exactOptional().describe('Roles that every token of the issuer has.'),
    }),
  ])
  .describe(
    'Which roles a token has: the claim that names them, with a map where the issuer calls them otherwise.',
  );

const team = z
  .union([
    onlyClaim,
    z.strictObject({
      claim: claim.exactOptional().describe('The claim, or the way to it.'),
      map: z
        .record(z.string().min(1).max(256), field.name())
        .exactOptional()
        .describe('What each value of the claim means. Default: values are names of teams.'),
      otherwise: field
        .name()
        .exactOptional()
        .describe('The team of a token whose claims lead to none; without it such a token is refused.'),
    }),
  ])
  .describe('Which team a token belongs to.');

/** RFC 8414 section 2: an issuer is a URL without query and fragment. It is compared letter by letter, so it is not normalized. */
const issuer = z.string().max(2000).refine(isIssuer, {
  message:
    'not an issuer; write it exactly as its tokens do (iss), such as https://login.example.com/realms/ai',
});

function isIssuer(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    (url?.protocol === 'https:' || url?.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    !/[?#\s\\]/.test(text)
  );
}

export const issuerSchema = z
  .strictObject({
    issuer: issuer.describe('Who signs the tokens; exactly what stands in their iss.'),
    audience: field
      .oneOrMany(z.string().min(1).max(512))
      .describe('What stands in the aud of tokens meant for this gate; one of these must.'),
    longest: field
      .duration({ min: 1000, max: 31 * 86_400_000 })
      .prefault('24h')
      .describe('How long after it was issued a token is accepted at most, whatever end it says itself.'),
    skew: field
      .duration({ min: 0, max: 300_000 })
      .prefault('30s')
      .describe('How far the clocks of the issuer and this machine may be apart.'),
    algorithms: z
      .array(z.enum(algorithmNames))
      .min(1)
      .prefault([...algorithmNames])
      .describe('The signatures taken. Default: every one with a public key.'),
    keys: z
      .string()
      .regex(
        /^(https?:\/\/[^\s#@]+|file:\S+)$/,
        'not a place of keys; write https://… or file:/etc/surety/keys.json',
      )
      .exactOptional()
      .describe(
        'Where its keys stand: a URL, or a file (file:) for closed networks, read again when it changes. Default: where the issuer says (discovery).',
      ),
    keep: field
      .duration({ min: 60_000, max: 31 * 86_400_000 })
      .prefault('12h')
      .describe(
        'How long the last keys are used while the issuer cannot be reached; then its tokens are refused.',
      ),
    private: z
      .boolean()
      .prefault(false)
      .describe('The issuer may have a private or loopback address, and plain http.'),
    proxy: field
      .url({ schemes: ['http', 'https'] })
      .exactOptional()
      .describe('The egress proxy (CONNECT) to reach it through.'),
    ca: z
      .string()
      .min(1)
      .exactOptional()
      .describe('A PEM file of the certificate authorities it is checked by, instead of the usual ones.'),
    roles,
    team: team.exactOptional(),
  })
  .describe('An issuer of signed tokens (JWT).');

export type IssuerSection = z.output<typeof issuerSchema>;

interface IdentityNames {
  readonly tokens: readonly IssuerSection[];
  readonly roles: Readonly<Record<string, unknown>>;
  readonly teams: Readonly<Record<string, unknown>>;
}

/** What no schema can see: roles and teams that must exist, two rows that would both answer for a token, an address in the clear. */
export function checkIssuers(
  { tokens, roles: knownRoles, teams }: IdentityNames,
  report: ReportProblem,
): void {
  for (const [index, row] of tokens.entries()) {
    const path = ['identity', 'tokens', index];
    const first = tokens.findIndex((other) => other.issuer === row.issuer);
    if (first < index) report({ path: [...path, 'issuer'], message: `issuer ${first} is the same` });
    const open = [row.issuer, row.keys ?? ''].some((place) => place.startsWith('http:'));
    if (open && !row.private) {
      const message =
        'who can change plain http can make keys; use https, or say private: true for an issuer inside';
      report({ path: [...path, row.issuer.startsWith('http:') ? 'issuer' : 'keys'], message });
    }
    checkNames([...path, 'roles'], namedRoles(row), { known: Object.keys(knownRoles), word: 'role', report });
    checkNames([...path, 'team'], namedTeams(row), { known: Object.keys(teams), word: 'team', report });
    if (!('claim' in row.roles) && !('always' in row.roles))
      report({ path: [...path, 'roles'], message: 'say claim or always, or no token would have a role' });
    if (row.team && !('claim' in row.team) && !('otherwise' in row.team))
      report({ path: [...path, 'team'], message: 'say claim or otherwise, or every token would be refused' });
  }
}

function namedRoles({ roles: { map = {}, always = [] } }: { roles: RoleClaims }): readonly string[] {
  return [...Object.values(map).flat(), ...always];
}

function namedTeams({ team: section }: { team?: TeamClaims }): readonly string[] {
  return [
    ...Object.values(section?.map ?? {}),
    ...(section?.otherwise === undefined ? [] : [section.otherwise]),
  ];
}

function checkNames(
  path: (string | number)[],
  names: readonly string[],
  { known, word, report }: { known: readonly string[]; word: string; report: ReportProblem },
): void {
  for (const found of new Set(names)) {
    if (!known.includes(found))
      report({ path, message: `the policy has no such ${word}`, found, allowed: known });
  }
}

export interface RoleClaims {
  readonly claim?: readonly string[];
  readonly map?: Readonly<Record<string, readonly string[]>>;
  readonly always?: readonly string[];
}

export interface TeamClaims {
  readonly claim?: readonly string[];
  readonly map?: Readonly<Record<string, string>>;
  readonly otherwise?: string;
}
