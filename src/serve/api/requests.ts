import { z } from 'zod';
import type { ActRequest } from '../../enforce/identity/index.ts';
import { Fault } from '../../kernel/index.ts';
import { timestamp } from './fields.ts';
import { page, pageInput, pageOutput } from './pages.ts';
import { apiRoute } from './route.ts';

const states = [
  'waiting',
  'approved',
  'running',
  'done',
  'failed',
  'refused',
  'withdrawn',
  'expired',
] as const;
const longestReason = 500;

export const requestSchema = z.object({
  request: z.string().describe('The id.'),
  act: z.string().describe('The permission that is used.'),
  route: z.string().describe('What would be called.'),
  input: z.unknown().describe('With what, as it was asked.'),
  state: z
    .enum(states)
    .describe(
      'approved: who asked may collect the answer, which is shown once. running: begun, never again.',
    ),
  askedBy: z.string(),
  askedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  decidedAt: z.iso.datetime().optional(),
  decidedBy: z.string().optional(),
  reason: z.string().optional(),
  askedKeyBy: z
    .string()
    .optional()
    .describe('Who issued the key it was asked with, where that was another operator.'),
  askerMadeBy: z.string().optional().describe('Who created the operator that asked.'),
  confers: z
    .array(z.string())
    .optional()
    .describe('The permissions it gives to an operator, or lets who asks use as another.'),
});

export function describeRequest(asked: ActRequest): z.input<typeof requestSchema> {
  const { id, askedAt, expiresAt, decidedAt, confers, ...rest } = asked;
  return {
    request: id,
    ...rest,
    askedAt: timestamp(askedAt),
    expiresAt: timestamp(expiresAt),
    ...(confers && { confers: [...confers] }),
    ...(decidedAt !== undefined && { decidedAt: timestamp(decidedAt) }),
  };
}

const byId = z.strictObject({ id: z.string() });
const notFound = () => new Fault('api.not-found', { detail: 'There is no request of this id.' });

export const listRequests = apiRoute({
  method: 'GET',
  path: '/api/requests',
  summary: 'Acts that wait, or waited, for a second person; also those done alone.',
  permission: 'read requests',
  input: z.strictObject({ ...pageInput, state: z.enum(states).optional() }),
  output: z.object({ requests: z.array(requestSchema), ...pageOutput }),
  async handle({ state, ...asked }, { services }) {
    const all = (await services.operators.requests.list()).map(describeRequest);
    const wanted = all.filter((found) => state === undefined || found.state === state);
    const { items, ...next } = page(wanted, asked, ({ askedAt, request }) => `${askedAt} ${request}`);
    return { requests: items, ...next };
  },
});

export const showRequest = apiRoute({
  method: 'GET',
  path: '/api/requests/:id',
  summary: 'One request.',
  permission: 'read requests',
  input: byId,
  output: requestSchema,
  async handle({ id }, { services }) {
    const found = await services.operators.requests.find(id);
    if (!found) throw notFound();
    return describeRequest(found);
  },
});

export const approveRequest = apiRoute({
  method: 'POST',
  path: '/api/requests/:id/approve',
  summary:
    'Approves what another operator asked for. It is done at once, with the input as it was asked, exactly once.',
  permission: 'approve requests',
  changes: showRequest,
  input: byId,
  output: requestSchema,
  async handle({ id }, { services, operator, runApproved }) {
    return describeRequest(await runApproved(await services.operators.requests.approve(id, operator)));
  },
});

export const refuseRequest = apiRoute({
  method: 'POST',
  path: '/api/requests/:id/refuse',
  summary: 'Refuses a request.',
  permission: 'approve requests',
  changes: showRequest,
  input: byId.extend({
    reason: z.string().trim().min(1).max(longestReason).describe('Why; kept with the request.'),
  }),
  output: requestSchema,
  handle: async ({ id, reason }, { services, operator }) =>
    describeRequest(await services.operators.requests.refuse(id, operator, reason)),
});

export const withdrawRequest = apiRoute({
  method: 'POST',
  path: '/api/requests/:id/withdraw',
  summary: 'Takes back what one asked for.',
  permission: 'signed in',
  input: byId,
  output: requestSchema,
  handle: async ({ id }, { services, operator }) =>
    describeRequest(await services.operators.requests.withdraw(id, operator)),
});

export const collectRequest = apiRoute({
  method: 'POST',
  path: '/api/requests/:id/collect',
  summary:
    'Does what was asked for and approved, where its answer is shown once: to who asked, and nobody else.',
  permission: 'signed in',
  shownOnce: true,
  input: byId,
  output: z.object({ request: requestSchema, result: z.unknown() }),
  async handle({ id }, { services, operator, collect }) {
    const found = await services.operators.requests.find(id);
    if (found?.askedBy !== operator.id) throw notFound();
    const { request, result } = await collect(found);
    return { request: describeRequest(request), result };
  },
});
