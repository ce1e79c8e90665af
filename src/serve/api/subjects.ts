import { z } from 'zod';
import { exportParts, type SubjectAccess } from '../../enforce/privacy/index.ts';
import { Fault } from '../../kernel/index.ts';
import { caseSchema, describeCase } from './cases.ts';
import { timestamp } from './fields.ts';
import { pageOutput, readCursor, writeCursor } from './pages.ts';
import { apiRoute } from './route.ts';

/** In the body of a request and nowhere else: URLs end in logs. */
const namedSubject = {
  subject: z.string().max(2000).describe('The name of the data subject, as callers say it.'),
  team: z.string().max(100).optional().describe('Whose callers, where the policy keeps teams apart.'),
};

const moment = z.iso.datetime().optional();

const accessSchema = z.object({
  id: z.string(),
  name: z.string(),
  team: z.string().optional(),
  knownSince: z.iso.datetime(),
  holdings: z.array(
    z.object({
      where: z.enum(['captured', 'cases', 'ledger', 'key']),
      what: z.string(),
      count: z.int(),
      more: z.boolean().describe('There are more than were counted.'),
      bytes: z.int().optional(),
      firstAt: moment,
      lastAt: moment,
      keptForDays: z.number(),
    }),
  ),
  holds: z.array(z.object({ id: z.string(), scope: z.string(), matter: z.string() })),
});

const dayMs = 86_400_000;

function describeAccess(access: SubjectAccess): z.input<typeof accessSchema> {
  const { team, knownSince, holdings, holds, ...rest } = access;
  return {
    ...rest,
    ...(team !== undefined && { team }),
    knownSince: timestamp(knownSince),
    holdings: holdings.map(({ firstAt, lastAt, keptForMs, bytes, ...holding }) => ({
      ...holding,
      ...(bytes !== undefined && { bytes }),
      ...(firstAt !== undefined && { firstAt: timestamp(firstAt) }),
      ...(lastAt !== undefined && { lastAt: timestamp(lastAt) }),
      keptForDays: keptForMs / dayMs,
    })),
    holds: holds.map(({ id, scope, matter }) => ({ id, scope, matter })),
  };
}

export const findSubject = apiRoute({
  method: 'POST',
  path: '/api/subjects/find',
  summary: 'The id of a data subject that is known, by its name.',
  permission: 'read subjects',
  namesPerson: true,
  input: z.strictObject(namedSubject),
  output: z.object({ id: z.string() }),
  async handle({ subject, team }, { services, operator }) {
    const id = services.keeping.subjects.find({ name: subject, team });
    // An entry of its own: the name must not come into one, whatever it looks like.
    await services.note('subject.looked-up', {
      actor: operator.id,
      target: id,
      detail: { found: id !== undefined },
    });
    const underWay = services.keeping.erasing.underWay({ name: subject, team });
    if (id === undefined && underWay !== undefined)
      throw new Fault('erasure.under-way', { detail: underWay });
    if (id === undefined)
      throw new Fault('api.not-found', { detail: 'Nothing is held of a data subject of this name.' });
    return { id };
  },
});

const byId = z.strictObject({ id: z.string() });

export const showSubject = apiRoute({
  method: 'GET',
  path: '/api/subjects/:id',
  summary: 'What is held of a data subject: what, where, since when, for how long.',
  permission: 'read subjects',
  recorded: true,
  input: byId,
  output: accessSchema,
  handle: async ({ id }, { services }) => describeAccess(await services.keeping.access(id)),
});

const exportSchema = z.object({
  part: z.enum(exportParts),
  about: accessSchema.optional(),
  cases: z.array(caseSchema).optional(),
  captured: z
    .array(
      z.object({
        id: z.string(),
        entry: z.string(),
        route: z.string(),
        at: z.iso.datetime(),
        prompt: z.string().optional(),
        answer: z.string().optional(),
      }),
    )
    .optional(),
  entries: z.array(z.object({ index: z.int(), entry: z.record(z.string(), z.unknown()) })).optional(),
  ...pageOutput,
});

export const exportSubject = apiRoute({
  method: 'POST',
  path: '/api/subjects/:id/export',
  summary:
    'What is held of a data subject, opened: a part and a page at a time, each recorded before it is given. The command puts them together into one document.',
  permission: 'export subjects',
  shownOnce: true,
  input: byId.extend({
    part: z
      .enum(exportParts)
      .prefault('about')
      .describe('about: with the cases. captured: prompts and answers. entries: of the ledger.'),
    reason: z.string().max(100).optional().describe('One of data.capture.reasons. Not needed with a case.'),
    case: z
      .string()
      .max(100)
      .optional()
      .describe('A verified case of access or portability that it answers.'),
    cursor: z.string().max(512).optional().describe('Where to go on: `next` of the page before. Opaque.'),
  }),
  output: exportSchema,
  async refuses({ id }, { services }) {
    services.keeping.subjects.require(id);
  },
  async handle({ id, part, reason, case: caseId, cursor }, { services, operator }) {
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const request = { subject: id, part, reason, case: caseId, after };
    const { about, captured, entries, next } = await services.keeping.export(request, operator.id);
    return {
      part,
      ...(about && { about: describeAccess(about.access), cases: about.cases.map(describeCase) }),
      ...(captured && { captured: captured.map(({ at, ...one }) => ({ ...one, at: timestamp(at) })) }),
      ...(entries && { entries: entries.map(({ index, entry }) => ({ index, entry: { ...entry } })) }),
      ...(next !== undefined && { next: writeCursor(next) }),
    };
  },
});
