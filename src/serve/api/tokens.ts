import { z } from 'zod';
import type { TokenRevocation } from '../../enforce/identity/index.ts';
import { Fault } from '../../kernel/index.ts';
import { apiRoute } from './route.ts';
import { momentSchema, timestamp } from './fields.ts';
import { page, pageInput, pageOutput } from './pages.ts';

const revocationSchema = z.object({
  id: z.string(),
  issuer: z.string(),
  kind: z.enum(['token', 'subject', 'issued-before']),
  tokenId: z.string().optional(),
  subject: z
    .string()
    .optional()
    .describe('The keyed pseudonym under which the subject stands in the ledger.'),
  issuedBefore: z.iso.datetime().optional(),
  createdAt: z.iso.datetime(),
});

function describeRevocation(revocation: TokenRevocation): z.input<typeof revocationSchema> {
  const { createdAt, issuedBefore, ...rest } = revocation;
  return {
    ...rest,
    createdAt: timestamp(createdAt),
    ...(issuedBefore !== undefined && { issuedBefore: timestamp(issuedBefore) }),
  };
}

export const listTokenRevocations = apiRoute({
  method: 'GET',
  path: '/api/tokens/revocations',
  summary: 'Which tokens are refused before their end.',
  permission: 'read tokens',
  recorded: true,
  input: z.strictObject(pageInput),
  output: z.object({ revocations: z.array(revocationSchema), ...pageOutput }),
  async handle(asked, { services }) {
    const revocations = (await services.tokens.list()).map(describeRevocation);
    const { items, ...next } = page(revocations, asked, ({ createdAt, id }) => `${createdAt} ${id}`);
    return { revocations: items, ...next };
  },
});

export const revokeTokens = apiRoute({
  method: 'POST',
  path: '/api/tokens/revocations',
  summary:
    'Refuses one token, those of a subject, or those issued before a time, at once; answers under way are cut.',
  permission: 'revoke tokens',
  input: z.strictObject({
    issuer: z.string().describe('An issuer of the policy.'),
    tokenId: z.string().optional().describe('The id of one token (jti).'),
    subject: z.string().optional().describe('Whose tokens (sub), as the issuer says it.'),
    issuedBefore: momentSchema.optional().describe('Only tokens issued before this time.'),
  }),
  output: revocationSchema,
  async handle({ issuer, tokenId, subject, issuedBefore }, { services, operator }) {
    const request = {
      issuer,
      ...(tokenId !== undefined && { tokenId }),
      ...(subject !== undefined && { subject }),
      ...(issuedBefore !== undefined && { issuedBefore }),
    };
    return describeRevocation(await services.tokens.revoke(request, operator.id));
  },
});

const byId = z.strictObject({ id: z.string() });

export const showTokenRevocation = apiRoute({
  method: 'GET',
  path: '/api/tokens/revocations/:id',
  summary: 'One revocation of tokens.',
  permission: 'read tokens',
  recorded: true,
  input: byId,
  output: revocationSchema,
  async handle({ id }, { services }) {
    const revocation = await services.tokens.find(id);
    if (!revocation) throw new Fault('api.not-found', { detail: 'There is no revocation of this id.' });
    return describeRevocation(revocation);
  },
});

export const restoreTokens = apiRoute({
  method: 'POST',
  path: '/api/tokens/revocations/:id/restore',
  summary: 'Takes a revocation of tokens back.',
  permission: 'revoke tokens',
  changes: showTokenRevocation,
  input: byId,
  output: revocationSchema,
  handle: async ({ id }, { services, operator }) =>
    describeRevocation(await services.tokens.restore(id, operator.id)),
});
