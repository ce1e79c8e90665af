import { z } from 'zod';
import type { CapturedRecord } from '../../enforce/privacy/index.ts';
import { Fault } from '../../kernel/index.ts';
import { momentSchema, subjectIdSchema, timestamp } from './fields.ts';
import { pageInput, pageOutput, readCursor, writeCursor } from './pages.ts';
import { apiRoute } from './route.ts';

const recordSchema = z.object({
  id: z.string(),
  subject: z.string().optional().describe('The id of the data subject, where the call named one.'),
  entry: z.string().describe('The decision it belongs to.'),
  route: z.string(),
  at: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  bytes: z.int().describe('Sealed.'),
  readable: z.boolean().describe('False where its key was destroyed.'),
});

function describeRecord({ at, expiresAt, subject, ...rest }: CapturedRecord): z.input<typeof recordSchema> {
  return {
    ...rest,
    ...(subject !== undefined && { subject }),
    at: timestamp(at),
    expiresAt: timestamp(expiresAt),
  };
}

export const listCaptured = apiRoute({
  method: 'GET',
  path: '/api/captured',
  summary: 'Captured prompts and answers, without their content; oldest first.',
  permission: 'read captured',
  recorded: true,
  input: z.strictObject({
    subject: subjectIdSchema.optional().describe('The id of a data subject.'),
    route: z.string().max(200).optional(),
    since: momentSchema.optional(),
    until: momentSchema.optional(),
    ...pageInput,
  }),
  output: z.object({ captured: z.array(recordSchema), ...pageOutput }),
  async handle({ cursor, limit, ...filter }, { services }) {
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const found = await services.keeping.captured.list({ ...filter, after, limit: limit + 1 });
    const last = found.length > limit ? found[limit - 1] : undefined;
    return {
      captured: found.slice(0, limit).map(describeRecord),
      ...(last && { next: writeCursor(last.id) }),
    };
  },
});

export const readCaptured = apiRoute({
  method: 'POST',
  path: '/api/captured/:id/read',
  summary: 'Opens one record. An entry tells who read it and why, before it is shown.',
  permission: 'read captured',
  shownOnce: true,
  input: z.strictObject({
    id: z.string(),
    reason: z.string().max(100).describe('One of data.capture.reasons.'),
  }),
  output: recordSchema.extend({ prompt: z.string().optional(), answer: z.string().optional() }),
  async refuses({ id }, { services }) {
    if (!(await services.keeping.captured.find(id)))
      throw new Fault('api.not-found', { detail: 'There is no captured content of this id.' });
  },
  async handle({ id, reason }, { services, operator }) {
    const { prompt, answer, ...record } = await services.keeping.captured.read(id, reason, operator.id);
    return {
      ...describeRecord(record),
      ...(prompt !== undefined && { prompt }),
      ...(answer !== undefined && { answer }),
    };
  },
});
