import { z } from 'zod';
import {
  caseKinds,
  caseStates,
  identityChecks,
  lawNames,
  refusalGrounds,
  type SubjectCase,
} from '../../enforce/privacy/index.ts';
import { Fault } from '../../kernel/index.ts';
import { momentSchema, timestamp } from './fields.ts';
import { page, pageInput, pageOutput } from './pages.ts';
import { apiRoute } from './route.ts';

const act = z.object({ at: z.iso.datetime(), by: z.string() });

export const caseSchema = z.object({
  id: z.string(),
  subject: z.string().describe('The id of the data subject.'),
  kind: z.enum(caseKinds),
  law: z.enum(lawNames),
  state: z.enum(caseStates),
  openedBy: z.string(),
  receivedAt: z.iso.datetime(),
  dueAt: z.iso.datetime(),
  overdue: z.boolean(),
  verified: act.extend({ how: z.enum(identityChecks) }).optional(),
  extended: act.optional(),
  exportedAt: z.iso.datetime().optional(),
  ended: act.optional(),
  ground: z.enum(refusalGrounds).optional(),
  articles: z.object({
    right: z.string(),
    deadline: z.string(),
    identity: z.string(),
    extension: z.string(),
    refusal: z.string(),
    ground: z.string().optional(),
  }),
});

export function describeCase(one: SubjectCase): z.input<typeof caseSchema> {
  const { receivedAt, dueAt, exportedAt, verified, extended, ended, articles, ...rest } = one;
  const told = (done: { at: number; by: string }) => ({ at: timestamp(done.at), by: done.by });
  return {
    ...rest,
    articles: { ...articles },
    receivedAt: timestamp(receivedAt),
    dueAt: timestamp(dueAt),
    ...(exportedAt !== undefined && { exportedAt: timestamp(exportedAt) }),
    ...(verified && { verified: { ...told(verified), how: verified.how } }),
    ...(extended && { extended: told(extended) }),
    ...(ended && { ended: told(ended) }),
  };
}

export const listCases = apiRoute({
  method: 'GET',
  path: '/api/cases',
  summary: 'Requests of data subjects, also those that have ended.',
  permission: 'read cases',
  input: z.strictObject({ state: z.enum(caseStates).optional(), ...pageInput }),
  output: z.object({ cases: z.array(caseSchema), ...pageOutput }),
  async handle({ state, ...asked }, { services }) {
    const all = (await services.keeping.cases.list())
      .filter((one) => state === undefined || one.state === state)
      .map(describeCase);
    const { items, ...next } = page(all, asked, ({ receivedAt, id }) => `${receivedAt} ${id}`);
    return { cases: items, ...next };
  },
});

export const openCase = apiRoute({
  method: 'POST',
  path: '/api/cases',
  summary: 'Opens a case for a request of a data subject. The law gives the time for an answer.',
  permission: 'create cases',
  namesPerson: true,
  input: z.strictObject({
    subject: z.string().max(2000).describe('The name of the data subject, as callers say it.'),
    team: z.string().max(100).optional().describe('Whose callers, where the policy keeps teams apart.'),
    kind: z.enum(caseKinds),
    law: z.enum(lawNames),
    received: momentSchema.optional().describe('When the request came; default: now.'),
  }),
  output: caseSchema,
  handle: async ({ subject, received, ...request }, { services, operator }) =>
    describeCase(
      await services.keeping.cases.open({ ...request, name: subject, receivedAt: received }, operator.id),
    ),
});

const byId = z.strictObject({ id: z.string() });

const wordsSchema = z.object({
  identity: z.string().optional(),
  extension: z.string().optional(),
  refusal: z.string().optional(),
  answer: z.string().optional(),
});

export const showCase = apiRoute({
  method: 'GET',
  path: '/api/cases/:id',
  summary: 'One case, with what people wrote in it.',
  permission: 'read cases',
  recorded: true,
  input: byId,
  output: caseSchema.extend({
    name: z.string().optional().describe('The name of the data subject; none once it was erased.'),
    words: wordsSchema,
  }),
  async handle({ id }, { services }) {
    const { cases, subjects } = services.keeping;
    const found = await cases.find(id);
    if (!found) throw new Fault('api.not-found', { detail: 'There is no case of this id.' });
    const described = await subjects.describe(found.subject).catch(() => undefined);
    return {
      ...describeCase(found),
      ...(described && { name: described.name }),
      words: await cases.words(id),
    };
  },
});

const words = z.string().trim().min(1).max(4000);
const told = z.literal(true).describe('That the data subject was told, with the reasons, as the law asks.');

export const verifyCase = apiRoute({
  method: 'POST',
  path: '/api/cases/:id/verify',
  summary: 'Notes how it was checked that the request is from who it says. Nothing is done before.',
  permission: 'decide cases',
  namesPerson: true,
  changes: showCase,
  input: byId.extend({
    how: z.enum(identityChecks),
    note: words.optional().describe('Sealed under the key of the subject, and gone with it.'),
  }),
  output: caseSchema,
  handle: async ({ id, ...check }, { services, operator }) =>
    describeCase(await services.keeping.cases.verify(id, check, operator.id)),
});

export const extendCase = apiRoute({
  method: 'POST',
  path: '/api/cases/:id/extend',
  summary: 'Takes the longer time the law allows; once, and before the first is over.',
  permission: 'decide cases',
  namesPerson: true,
  changes: showCase,
  input: byId.extend({ reason: words.describe('Why, as the subject was told.'), told }),
  output: caseSchema,
  handle: async ({ id, reason }, { services, operator }) =>
    describeCase(await services.keeping.cases.extend(id, reason, operator.id)),
});

export const refuseCase = apiRoute({
  method: 'POST',
  path: '/api/cases/:id/refuse',
  summary: 'Refuses a request, on a ground the law has.',
  permission: 'decide cases',
  namesPerson: true,
  changes: showCase,
  input: byId.extend({
    ground: z.enum(refusalGrounds),
    reason: words.describe('Why, as the subject was told.'),
    told,
  }),
  output: caseSchema,
  handle: async ({ id, ground, reason }, { services, operator }) =>
    describeCase(await services.keeping.cases.refuse(id, { ground, reason }, operator.id)),
});

export const completeCase = apiRoute({
  method: 'POST',
  path: '/api/cases/:id/complete',
  summary:
    'Ends a case that was answered. Access and portability need an export for the case; a deletion is answered by its erasure.',
  permission: 'decide cases',
  namesPerson: true,
  changes: showCase,
  input: byId.extend({ note: words.optional() }),
  output: caseSchema,
  handle: async ({ id, note }, { services, operator }) =>
    describeCase(await services.keeping.cases.complete(id, note, operator.id)),
});

export const withdrawCase = apiRoute({
  method: 'POST',
  path: '/api/cases/:id/withdraw',
  summary: 'Ends a case whose request the subject took back.',
  permission: 'decide cases',
  namesPerson: true,
  changes: showCase,
  input: byId,
  output: caseSchema,
  handle: async ({ id }, { services, operator }) =>
    describeCase(await services.keeping.cases.withdraw(id, operator.id)),
});
