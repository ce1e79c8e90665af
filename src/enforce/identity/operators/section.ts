import { z } from 'zod';
import { field, type ReportProblem } from '../../../policy/index.ts';
import { isGrant, operatorPermissionNames } from './permissions.ts';
import { builtInRoles } from './roles.ts';

const minute = 60_000;
const day = 86_400_000;

const grant = z
  .string()
  .refine(isGrant, 'not a permission of operators; write such as revoke keys, read * or * keys')
  .meta({ examples: ['revoke keys', 'read *'], kind: 'a permission of operators' });

const oidcSchema = z
  .strictObject({
    issuer: field
      .url({ schemes: ['https', 'http'] })
      .describe('The identity provider; discovery starts here.'),
    client: z.string().min(1).max(200).describe('The client id Surety has there.'),
    secret: field
      .secretReference()
      .exactOptional()
      .describe('Where the client secret stands. Left out: a public client, by PKCE alone.'),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'not a scope'))
      .prefault(['openid', 'profile'])
      .describe('The scopes asked for.'),
    claim: z
      .string()
      .min(1)
      .max(200)
      .prefault('groups')
      .describe('The claim of the ID token that says who is what.'),
    roles: z
      .record(z.string().min(1).max(200), field.oneOrMany(field.name()))
      .describe('Values of the claim, and the operator roles they give. Whoever has none is refused.'),
    private: z
      .boolean()
      .prefault(false)
      .describe('The identity provider has a private or loopback address; also permits plain http.'),
    proxy: field
      .url({ schemes: ['http', 'https'] })
      .exactOptional()
      .describe('An egress proxy to reach it by.'),
    ca: z.string().min(1).exactOptional().describe('A PEM file of the authorities it is checked by.'),
  })
  .describe('Sign-in of operators by OpenID Connect.');

export const operatorsSchema = z
  .strictObject({
    address: field
      .url({ schemes: ['https', 'http'] })
      .refine(
        (text) => new URL(text).pathname === '/' && new URL(text).search === '',
        'not an origin; leave the path out',
      )
      .transform((text) => new URL(text).origin)
      .exactOptional()
      .describe(
        'Where browsers reach the console port, such as https://surety.example.com. Needed for OIDC.',
      ),
    proxies: z
      .array(field.cidr())
      .prefault([])
      .describe(
        'Proxies in front of the console port whose X-Forwarded-For is believed, so that failed sign-ins are counted by the true address.',
      ),
    roles: z
      .record(field.name(), z.strictObject({ may: z.array(grant).min(1).describe('What the role may do.') }))
      .prefault({})
      .describe(`Roles of operators beside ${Object.keys(builtInRoles).join(', ')}.`),
    keys: z
      .strictObject({
        longest: field
          .duration({ min: 1000 })
          .prefault('90d')
          .describe('The longest life of an operator key.'),
      })
      .prefault({})
      .describe('Keys of operators. Every key has an end.'),
    sessions: z
      .strictObject({
        idle: field
          .duration({ min: 1000, max: day })
          .prefault('30m')
          .describe('A session ends when it was not used for so long.'),
        longest: field
          .duration({ min: minute, max: 7 * day })
          .prefault('8h')
          .describe('A session ends after this at the latest.'),
      })
      .prefault({})
      .describe('Sessions of operators in a browser.'),
    approval: z
      .strictObject({
        acts: z
          .array(grant)
          .prefault([])
          .describe(
            'Permissions whose use a second person must approve, beside pruning the ledger, privileged operators and enabling them again.',
          ),
        expires: field
          .duration({ min: minute, max: 30 * day })
          .prefault('24h')
          .describe('How long a request waits.'),
        breakGlass: z
          .array(field.name())
          .max(20)
          .prefault(['incident', 'outage', 'lockout'])
          .describe('The reasons for which an operator may act alone, at once, with an alert. Empty: never.'),
      })
      .prefault({})
      .describe('Separation of duties.'),
    oidc: oidcSchema.exactOptional(),
  })
  .prefault({})
  .describe('People and programs that use the admin API.');

export type OperatorsSection = z.output<typeof operatorsSchema>;
export type OidcSection = z.output<typeof oidcSchema>;

/** Approving an approval, or breaking the glass with another's help, would never end; and what names persons is not written down to wait. */
const neverApproved = new Set([
  'approve requests',
  'break glass',
  'read subjects',
  'create cases',
  'decide cases',
]);

/** What no schema can see. */
export function checkOperators(
  { address, roles, oidc, approval }: OperatorsSection,
  report: ReportProblem,
): void {
  const place = ['identity', 'operators'];
  for (const name of Object.keys(roles)) {
    if (Object.hasOwn(builtInRoles, name))
      report({
        path: [...place, 'roles', name],
        message: 'this role is built in and cannot be changed; choose another name',
      });
  }
  for (const [index, act] of approval.acts.entries()) {
    if (neverApproved.has(act)) {
      const allowed = operatorPermissionNames.filter((name) => !neverApproved.has(name));
      report({
        path: [...place, 'approval', 'acts', index],
        message: 'this cannot wait for a second person',
        found: act,
        allowed,
      });
    }
  }
  if (!oidc) return;
  if (address === undefined)
    report({
      path: [...place, 'oidc'],
      message: 'sign-in needs identity.operators.address, where the provider sends browsers back to',
    });
  if (oidc.issuer.startsWith('http:') && !oidc.private)
    report({ path: [...place, 'oidc', 'issuer'], message: 'plain http is for private: true only' });
  const known = [...Object.keys(builtInRoles), ...Object.keys(roles)];
  for (const [value, given] of Object.entries(oidc.roles)) {
    for (const role of given.filter((name) => !known.includes(name)))
      report({
        path: [...place, 'oidc', 'roles', value],
        message: 'there is no such role',
        found: role,
        allowed: known,
      });
  }
}
