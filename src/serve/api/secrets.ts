import { z } from 'zod';
import { timestamp } from './fields.ts';
import { apiRoute } from './route.ts';
import type { AdminServices } from './services.ts';

const statusSchema = z.object({
  provider: z.string(),
  versions: z
    .array(z.object({ id: z.string(), createdAt: z.iso.datetime() }))
    .describe('Of the master key; more than one only while a rotation is under way.'),
  keys: z.int().describe('Data keys wrapped under it.'),
  most: z.int(),
});

function describeStatus({ dataKeys }: AdminServices): z.input<typeof statusSchema> {
  const { provider, versions, keys, most } = dataKeys.status();
  return {
    provider,
    keys,
    most,
    versions: versions.map(({ id, createdAt }) => ({ id, createdAt: timestamp(createdAt) })),
  };
}

export const secretsState = apiRoute({
  method: 'GET',
  path: '/api/secrets',
  summary: 'The versions of the master key and the number of data keys; never a key.',
  permission: 'read secrets',
  input: z.strictObject({}),
  output: statusSchema,
  handle: async (_input, { services }) => describeStatus(services),
});

export const rotateSecrets = apiRoute({
  method: 'POST',
  path: '/api/secrets/rotate',
  summary: 'Makes another master key, wraps every data key under it, and destroys the old one.',
  permission: 'rotate secrets',
  input: z.strictObject({}),
  output: statusSchema.extend({ wrapped: z.int() }),
  async handle(_input, { services, operator }) {
    const wrapped = await services.dataKeys.rotate();
    await services.note('secrets.rotated', { actor: operator.id, detail: { keys: wrapped } });
    return { ...describeStatus(services), wrapped };
  },
});
