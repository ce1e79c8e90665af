import { z } from 'zod';
import { isRolling } from '../../kernel/index.ts';
import {
  alertsSchema,
  field,
  limitSetSchema,
  type PolicySection,
  type ReportProblem,
} from '../../policy/index.ts';
import { checkIssuers, issuerSchema } from './tokens/issuer-section.ts';
import { checkOperators, operatorsSchema } from './operators/section.ts';

const roleSchema = z.strictObject({
  may: z.array(field.permission()).min(1).describe('What the role may do. Nothing else is permitted.'),
  models: z
    .array(field.modelPattern())
    .default(['*'])
    .describe('The models the role may use. Default: every model of the routes it may call.'),
  limits: limitSetSchema
    .exactOptional()
    .describe('For each key of the role, and for each subject of its tokens.'),
  shared: limitSetSchema.exactOptional().describe('For all keys and tokens of the role together.'),
  alerts: alertsSchema(
    'Shares of these limits per day or month at which somebody is told. Default: limits.alerts.',
  ).exactOptional(),
});

const teamSchema = z
  .strictObject({
    limits: limitSetSchema.exactOptional().describe('For all keys and tokens of the team together.'),
    alerts: alertsSchema(
      'Shares of its limits per day or month at which somebody is told, before the hard stop.',
    ).exactOptional(),
  })
  .describe('A team or project.');

const failureRate = () =>
  field.rate().refine(({ per }) => isRolling(per), { message: 'failures are counted per s, min or h' });

const schema = z.strictObject({
  keys: z
    .strictObject({
      longest: field.duration({ min: 1000 }).prefault('90d').describe('The longest life of an API key.'),
    })
    .prefault({})
    .describe('API keys. Every key has an end.'),
  tokens: z
    .array(issuerSchema)
    .max(32)
    .prefault([])
    .describe('Issuers of signed tokens (JWT) that callers may use instead of a key.'),
  failures: z
    .strictObject({
      address: failureRate().prefault('60/min').describe('From one address (IPv6: each /64).'),
      key: failureRate()
        .prefault('60/min')
        .describe('Against keys that begin alike, from all addresses together.'),
    })
    .prefault({})
    .describe(
      'Failed credentials that are borne; then unknown ones wait. Those that lately worked from the address go on.',
    ),
  teams: z
    .record(field.name(), teamSchema)
    .prefault({})
    .describe('Teams (or projects) that keys and tokens belong to.'),
  reviews: z
    .strictObject({
      every: field
        .duration({ min: 86_400_000 })
        .prefault('90d')
        .describe('A campaign begins when the last is older.'),
      due: field.duration({ min: 3_600_000 }).prefault('14d').describe('How long a campaign may take.'),
      remind: field
        .duration({ min: 0 })
        .prefault('3d')
        .describe('How long before its end somebody is reminded.'),
      dormant: field.duration({ min: 3_600_000 }).prefault('30d').describe('Unused for longer is flagged.'),
    })
    .exactOptional()
    .describe('Access reviews, begun by themselves. Without it they are begun by hand.'),
  roles: z
    .record(field.name(), roleSchema)
    .prefault({})
    .describe('What callers may do. A key has one role; a token those its claims lead to.'),
  operators: operatorsSchema,
});

export type IdentitySection = z.output<typeof schema>;
export type TeamSection = z.output<typeof teamSchema>;
export type RoleSection = z.output<typeof roleSchema>;

/** What no schema can see: an alert about a budget that is not there would never come. */
function check({ identity }: { readonly identity: IdentitySection }, report: ReportProblem): void {
  checkOperators(identity.operators, report);
  checkIssuers(identity, report);
  for (const [name, { limits, alerts = [] }] of Object.entries(identity.teams)) {
    const rates = limits ? [limits.requests, limits.tokens, limits.cost].flat() : [];
    if (alerts.length === 0 || rates.some(({ per }) => !isRolling(per))) continue;
    const path = ['identity', 'teams', name, 'alerts'];
    report({ path, message: 'the team has no limit per day or month to tell about' });
  }
}

/** `identity:` of the policy. */
export const identitySection = { name: 'identity', schema, check } as const satisfies PolicySection<
  'identity',
  typeof schema,
  { readonly identity: IdentitySection }
>;
