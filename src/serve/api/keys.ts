import { z } from 'zod';
import type { IssuedKey, KeyRecord } from '../../enforce/identity/index.ts';
import { Fault } from '../../kernel/index.ts';
import { field } from '../../policy/index.ts';
import { apiRoute } from './route.ts';
import { timestamp } from './fields.ts';
import { page, pageInput, pageOutput } from './pages.ts';

const keySchema = z.object({
  id: z.string(),
  hint: z.string().describe('How the key begins, to recognise it by.'),
  name: z.string(),
  owner: z.string().optional(),
  role: z.string(),
  team: z.string().optional(),
  addresses: z.array(z.string()).optional(),
  state: z.enum(['active', 'expired', 'revoked']),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  revokedAt: z.iso.datetime().optional(),
  lastUsedAt: z.iso.datetime().optional(),
  replaces: z.string().optional(),
});

/** The only schema in which a key itself stands; the answer that carries it is given once. */
const issuedSchema = z.object({
  id: z.string(),
  key: z.string(),
  role: z.string(),
  expiresAt: z.iso.datetime(),
  replaces: z.string().optional(),
});

function describeKey(record: KeyRecord): z.input<typeof keySchema> {
  const { createdAt, expiresAt, revokedAt, lastUsedAt, addresses, ...rest } = record;
  return {
    ...rest,
    ...(addresses && { addresses: [...addresses] }),
    createdAt: timestamp(createdAt),
    expiresAt: timestamp(expiresAt),
    ...(revokedAt !== undefined && { revokedAt: timestamp(revokedAt) }),
    ...(lastUsedAt !== undefined && { lastUsedAt: timestamp(lastUsedAt) }),
  };
}

function describeIssued({ record, key }: IssuedKey): z.input<typeof issuedSchema> {
  const { id, role, expiresAt, replaces } = record;
  return {
    id,
    key: key.reveal(),
    role,
    expiresAt: timestamp(expiresAt),
    ...(replaces !== undefined && { replaces }),
  };
}

export const listKeys = apiRoute({
  method: 'GET',
  path: '/api/keys',
  summary: 'All API keys, without the keys themselves.',
  permission: 'read keys',
  recorded: true,
  input: z.strictObject(pageInput),
  output: z.object({ keys: z.array(keySchema), ...pageOutput }),
  async handle(asked, { services }) {
    const keys = (await services.keys.list()).map(describeKey);
    const { items, ...next } = page(keys, asked, ({ createdAt, id }) => `${createdAt} ${id}`);
    return { keys: items, ...next };
  },
});

export const createKey = apiRoute({
  method: 'POST',
  path: '/api/keys',
  summary: 'Makes an API key. It is shown in this answer and never again.',
  permission: 'create keys',
  shownOnce: true,
  input: z.strictObject({
    name: z.string().describe('What the key is for.'),
    role: z.string().describe('A role of the policy.'),
    team: z.string().optional().describe('A team of the policy.'),
    expires: field.duration().describe('How long the key lives.'),
    owner: z.string().optional().describe('Who answers for it.'),
    addresses: z.array(field.cidr()).optional().describe('The only addresses it may be used from.'),
  }),
  output: issuedSchema,
  async handle({ name, role, team, expires, owner, addresses }, { services, operator }) {
    const request = {
      name,
      role,
      expiresInMs: expires,
      ...(team !== undefined && { team }),
      ...(owner !== undefined && { owner }),
      ...(addresses && { addresses }),
    };
    return describeIssued(await services.keys.create(request, operator.id));
  },
});

const byId = z.strictObject({ id: z.string() });

export const showKey = apiRoute({
  method: 'GET',
  path: '/api/keys/:id',
  summary: 'One API key, without the key itself.',
  permission: 'read keys',
  recorded: true,
  input: byId,
  output: keySchema,
  async handle({ id }, { services }) {
    const record = await services.keys.find(id);
    if (!record) throw new Fault('api.not-found', { detail: 'No key has this id.' });
    return describeKey(record);
  },
});

export const rotateKey = apiRoute({
  method: 'POST',
  path: '/api/keys/:id/rotate',
  summary: 'Makes a key in place of another, which ends after the overlap.',
  permission: 'rotate keys',
  shownOnce: true,
  changes: showKey,
  input: byId.extend({
    overlap: field.duration({ min: 0 }).prefault('0s').describe('How long the old key goes on.'),
  }),
  output: issuedSchema,
  handle: async ({ id, overlap }, { services, operator }) =>
    describeIssued(await services.keys.rotate(id, overlap, operator.id)),
});

export const revokeKey = apiRoute({
  method: 'POST',
  path: '/api/keys/:id/revoke',
  summary: 'Ends a key at once; answers under way are cut.',
  permission: 'revoke keys',
  changes: showKey,
  input: byId,
  output: keySchema,
  handle: async ({ id }, { services, operator }) => describeKey(await services.keys.revoke(id, operator.id)),
});
