import { z } from 'zod';
import type { Withdrawal } from '../../enforce/identity/index.ts';
import { Fault } from '../../kernel/index.ts';
import { timestamp } from './fields.ts';
import { page, pageInput, pageOutput } from './pages.ts';
import { apiRoute } from './route.ts';

const withdrawalSchema = z.object({
  id: z.string(),
  kind: z.enum(['role', 'team']),
  name: z.string(),
  createdAt: z.iso.datetime(),
});

function describeWithdrawal({ createdAt, ...rest }: Withdrawal): z.input<typeof withdrawalSchema> {
  return { ...rest, createdAt: timestamp(createdAt) };
}

export const listWithdrawals = apiRoute({
  method: 'GET',
  path: '/api/withdrawals',
  summary: 'Which roles and teams of callers are withdrawn.',
  permission: 'read access',
  input: z.strictObject(pageInput),
  output: z.object({ withdrawals: z.array(withdrawalSchema), ...pageOutput }),
  async handle(asked, { services }) {
    const withdrawals = (await services.withdrawals.list()).map(describeWithdrawal);
    const { items, ...next } = page(withdrawals, asked, ({ createdAt, id }) => `${createdAt} ${id}`);
    return { withdrawals: items, ...next };
  },
});

export const withdrawAccess = apiRoute({
  method: 'POST',
  path: '/api/withdrawals',
  summary:
    'Withdraws a role or a team of callers at once, whatever the policy says: who has nothing else is refused, and answers under way are cut.',
  permission: 'withdraw access',
  input: z.strictObject({
    kind: z.enum(['role', 'team']),
    name: z.string().min(1).max(200).describe('A role or a team of the policy.'),
  }),
  output: withdrawalSchema,
  handle: async ({ kind, name }, { services, operator }) =>
    describeWithdrawal(await services.withdrawals.withdraw({ kind, name }, operator.id)),
});

const byId = z.strictObject({ id: z.string() });

export const showWithdrawal = apiRoute({
  method: 'GET',
  path: '/api/withdrawals/:id',
  summary: 'One withdrawn role or team.',
  permission: 'read access',
  input: byId,
  output: withdrawalSchema,
  async handle({ id }, { services }) {
    const withdrawal = await services.withdrawals.find(id);
    if (!withdrawal) throw new Fault('api.not-found', { detail: 'Nothing is withdrawn under this id.' });
    return describeWithdrawal(withdrawal);
  },
});

export const restoreAccess = apiRoute({
  method: 'POST',
  path: '/api/withdrawals/:id/restore',
  summary: 'Restores a withdrawn role or team, once that is recorded.',
  permission: 'withdraw access',
  changes: showWithdrawal,
  input: byId,
  output: withdrawalSchema,
  handle: async ({ id }, { services, operator }) =>
    describeWithdrawal(await services.withdrawals.restore(id, operator.id)),
});
