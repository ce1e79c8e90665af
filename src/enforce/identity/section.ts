import { z } from 'zod';
import { field, limitSetSchema, type PolicySection } from '../../policy/index.ts';

const roleSchema = z.strictObject({
  may: z.array(field.permission()).min(1).describe('What the role may do. Nothing else is permitted.'),
  models: z
    .array(field.modelPattern())
    .default(['*'])
    .describe('The models the role may use. Default: every model of the routes it may call.'),
  limits: limitSetSchema.exactOptional().describe('For each key of the role.'),
  shared: limitSetSchema.exactOptional().describe('For all keys of the role together.'),
});

const schema = z.strictObject({
  keys: z
    .strictObject({
      longest: field.duration({ min: 1000 }).prefault('90d').describe('The longest life of an API key.'),
    })
    .prefault({})
    .describe('API keys. Every key has an end.'),
  roles: z
    .record(field.name(), roleSchema)
    .prefault({})
    .describe('What callers may do; every key has one role.'),
});

export type IdentitySection = z.output<typeof schema>;
export type RoleSection = z.output<typeof roleSchema>;

/** `identity:` of the policy. */
export const identitySection = { name: 'identity', schema } as const satisfies PolicySection<
  'identity',
  typeof schema
>;
