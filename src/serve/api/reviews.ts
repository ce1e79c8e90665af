import { z } from 'zod';
import {
  reviewFlags,
  type ReviewedPrincipal,
  type ReviewFlag,
  type ReviewSummary,
} from '../../enforce/identity/index.ts';
import { Fault } from '../../kernel/index.ts';
import { momentSchema, timestamp } from './fields.ts';
import { page, pageInput, pageOutput } from './pages.ts';
import { apiRoute } from './route.ts';

const reviewSchema = z.object({
  id: z.string(),
  state: z
    .enum(['gathering', 'open', 'overdue', 'closed'])
    .describe('gathering: who has access is still being read, and nothing can be decided.'),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  dueAt: z.iso.datetime(),
  since: z.iso.datetime().describe('The history it looks at.'),
  until: z.iso.datetime(),
  policy: z.string().describe('The digest of the policy in force when it was made.'),
  principals: z.int(),
  undecided: z.int(),
  waiting: z.int().describe('Decided, and not carried out yet.'),
  problems: z
    .array(z.object({ source: z.string(), kind: z.string(), detail: z.string() }))
    .describe('Sources that could not be read in full; while there is one the review stays open.'),
  closedAt: z.iso.datetime().optional(),
  closedBy: z.string().optional(),
  recordDigest: z.string().optional().describe('Over the whole record, as in the entry of the closing.'),
});

function describeReview(review: ReviewSummary): z.input<typeof reviewSchema> {
  const { createdAt, dueAt, since, until, closedAt, closedBy, recordDigest, problems, ...rest } = review;
  return {
    ...rest,
    createdAt: timestamp(createdAt),
    dueAt: timestamp(dueAt),
    since: timestamp(since),
    until: timestamp(until),
    problems: problems.map((problem) => ({ ...problem })),
    ...(closedAt !== undefined && { closedAt: timestamp(closedAt) }),
    ...(closedBy !== undefined && { closedBy }),
    ...(recordDigest !== undefined && { recordDigest }),
  };
}

const permissions = { may: z.array(z.string()), models: z.array(z.string()) };

const proposalSchema = z.object({
  role: z.string(),
  inPolicy: z.boolean(),
  ...permissions,
  yaml: z.string().optional().describe('What to add to the policy, where it has no such role.'),
  calls: z.int().describe('Calls of the key run through it.'),
  wouldRefuse: z.array(
    z.object({
      route: z.string().optional(),
      operation: z.string().optional(),
      model: z.string().optional(),
      reason: z.string(),
      calls: z.int(),
      examples: z.array(z.string()),
    }),
  ),
  notReplayed: z.array(z.object({ means: z.string(), calls: z.int() })),
});

const principalSchema = z.object({
  id: z.string(),
  kind: z.enum(['key', 'token', 'operator']),
  name: z.string().optional(),
  owner: z.string().optional(),
  roles: z.array(z.string()),
  team: z.string().optional(),
  createdAt: z.iso.datetime().optional(),
  expiresAt: z.iso.datetime().optional(),
  granted: z.array(z.object({ role: z.string(), ...permissions })),
  calls: z.int(),
  denied: z.int(),
  firstAt: z.string().optional(),
  lastAt: z.string().optional(),
  networks: z.int(),
  used: z.array(
    z.object({
      route: z.string(),
      operation: z.string(),
      model: z.string(),
      calls: z.int(),
      lastAt: z.string(),
    }),
  ),
  truncated: z.boolean().describe('It made more kinds of call than are listed.'),
  actions: z.record(z.string(), z.int()).describe('Of operators: what they did, by kind of entry.'),
  unused: z.object(permissions),
  flags: z.array(
    z.object({ flag: z.enum(Object.keys(reviewFlags) as [ReviewFlag, ...ReviewFlag[]]), means: z.string() }),
  ),
  state: z.enum(['undecided', 'waiting', 'applied', 'ended']),
  decision: z.enum(['keep', 'narrow', 'revoke']).optional(),
  targetRole: z.string().optional(),
  reason: z.string().optional(),
  decidedBy: z.string().optional(),
  decidedAt: z.iso.datetime().optional(),
  proposal: proposalSchema.optional(),
});

function describeProposal(
  proposal: NonNullable<ReviewedPrincipal['proposal']>,
): z.input<typeof proposalSchema> {
  const { yaml, may, models, wouldRefuse, notReplayed, ...rest } = proposal;
  return {
    ...rest,
    may: [...may],
    models: [...models],
    ...(yaml !== undefined && { yaml }),
    wouldRefuse: wouldRefuse.map(({ examples, ...group }) => ({ ...group, examples: [...examples] })),
    notReplayed: notReplayed.map((one) => ({ ...one })),
  };
}

function describePrincipal(principal: ReviewedPrincipal): z.input<typeof principalSchema> {
  const { snapshot, proposal, decidedAt, ...rest } = principal;
  const { use, granted, unused, flags, createdAt, expiresAt, roles, ...more } = snapshot;
  const { lastDeniedAt: _lastDeniedAt, used, ...counts } = use;
  return {
    ...rest,
    ...more,
    ...counts,
    roles: [...roles],
    ...(createdAt !== undefined && { createdAt: timestamp(createdAt) }),
    ...(expiresAt !== undefined && { expiresAt: timestamp(expiresAt) }),
    granted: granted.map(({ role, may, models }) => ({ role, may: [...may], models: [...models] })),
    used: used.map(({ policy: _policy, ...call }) => ({ ...call })),
    unused: { may: [...unused.may], models: [...unused.models] },
    flags: flags.map((flag) => ({ flag, means: reviewFlags[flag] })),
    ...(decidedAt !== undefined && { decidedAt: timestamp(decidedAt) }),
    ...(proposal && { proposal: describeProposal(proposal) }),
  };
}

export const listReviews = apiRoute({
  method: 'GET',
  path: '/api/reviews',
  summary: 'All access reviews, also closed ones.',
  permission: 'read reviews',
  input: z.strictObject(pageInput),
  output: z.object({ reviews: z.array(reviewSchema), ...pageOutput }),
  async handle(asked, { services }) {
    const reviews = (await services.reviews.list()).map(describeReview);
    const { items, ...next } = page(reviews, asked, ({ createdAt, id }) => `${createdAt} ${id}`);
    return { reviews: items, ...next };
  },
});

const since = momentSchema
  .optional()
  .describe('How far back history is looked at; default: identity.reviews.every.');

export const createReview = apiRoute({
  method: 'POST',
  path: '/api/reviews',
  summary:
    'Begins an access review: who has access, what each was granted and did. It is gathered beside; until then its state is `gathering`.',
  permission: 'create reviews',
  input: z.strictObject({ since }),
  output: reviewSchema,
  handle: async (request, { services, operator }) =>
    describeReview(await services.reviews.create(request, operator.id)),
});

const byId = z.strictObject({ id: z.string() });

export const showReview = apiRoute({
  method: 'GET',
  path: '/api/reviews/:id',
  summary: 'One access review.',
  permission: 'read reviews',
  input: byId,
  output: reviewSchema,
  async handle({ id }, { services }) {
    const review = await services.reviews.find(id);
    if (!review) throw new Fault('api.not-found', { detail: 'There is no review of this id.' });
    return describeReview(review);
  },
});

export const listReviewedPrincipals = apiRoute({
  method: 'GET',
  path: '/api/reviews/:id/principals',
  recorded: true,
  summary: 'Everybody in an access review: granted, used, last used, flags, decision.',
  permission: 'read reviews',
  input: byId.extend({
    state: z.enum(['undecided', 'waiting', 'applied', 'ended']).optional(),
    principal: z.string().optional().describe('Only this one.'),
    ...pageInput,
  }),
  output: z.object({ principals: z.array(principalSchema), ...pageOutput }),
  async handle({ id, state, principal, ...asked }, { services }) {
    const all = (await services.reviews.principals(id))
      .filter((one) => state === undefined || one.state === state)
      .filter((one) => principal === undefined || one.id === principal);
    const { items, ...next } = page(all, asked, (one) => one.id);
    return { principals: items.map(describePrincipal), ...next };
  },
});

const byPrincipal = byId.extend({ principal: z.string() });

export const proposeRole = apiRoute({
  method: 'POST',
  path: '/api/reviews/:id/principals/:principal/proposal',
  summary:
    'Works out the least role of a key, or takes a role of the policy, and says what it would have refused. Only what was shown so can be decided.',
  permission: 'decide reviews',
  input: byPrincipal.extend({
    role: z.string().optional().describe('A role of the policy; default: the least role.'),
  }),
  output: proposalSchema,
  handle: async ({ id, principal, role }, { services, operator }) =>
    describeProposal(await services.reviews.propose({ review: id, principal }, role, operator.id)),
});

export const decideReview = apiRoute({
  method: 'POST',
  path: '/api/reviews/:id/principals/:principal/decision',
  summary:
    'Keeps, narrows or revokes access, at once. Narrowing to a role the policy does not have waits until it has.',
  permission: 'decide reviews',
  input: byPrincipal.extend({
    decision: z.enum(['keep', 'narrow', 'revoke']),
    role: z.string().optional().describe('For narrow: the role that was shown; default: the last one shown.'),
    reason: z.string().describe('Why. It stays in the record of the review and stands in no entry.'),
  }),
  output: principalSchema,
  async handle({ id, principal, ...request }, { services, operator }) {
    // Who may decide about callers may not for that reason disable those who watch over him.
    const { roles } = services.operators.policy();
    const isOperator = services.operators.find(principal) !== undefined;
    if (isOperator && !roles.decide(operator.roles, 'change operators').permitted)
      throw new Fault('operator.forbidden', {
        detail: 'Deciding about operators needs "change operators" too.',
      });
    const decided = { ...request, operator: operator.id };
    return describePrincipal(await services.reviews.decide({ review: id, principal }, decided));
  },
});

export const refreshReview = apiRoute({
  method: 'POST',
  path: '/api/reviews/:id/refresh',
  changes: showReview,
  summary:
    'Reads the sources again, beside: who is undecided gets a new snapshot, new keys are added. Until then its state is `gathering`.',
  permission: 'create reviews',
  input: byId.extend({ since }),
  output: reviewSchema,
  handle: async ({ id, ...request }, { services, operator }) =>
    describeReview(await services.reviews.refresh(id, request, operator.id)),
});

export const closeReview = apiRoute({
  method: 'POST',
  path: '/api/reviews/:id/close',
  changes: showReview,
  summary: 'Closes an access review in which everything is decided and every source was read.',
  permission: 'create reviews',
  input: byId,
  output: reviewSchema,
  handle: async ({ id }, { services, operator }) =>
    describeReview(await services.reviews.close(id, operator.id)),
});
