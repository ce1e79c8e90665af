import { z } from 'zod';
import type { LegalHold, RetentionState } from '../../enforce/privacy/index.ts';
import { Fault } from '../../kernel/index.ts';
import { field } from '../../policy/index.ts';
import { timestamp } from './fields.ts';
import { apiRoute } from './route.ts';

const holdSchema = z.object({
  id: z.string(),
  scope: z.string().describe('everything, a class of retention, or the id of a data subject.'),
  matter: z.string(),
  heldBy: z.string(),
  heldAt: z.iso.datetime(),
  releasedBy: z.string().optional(),
  releasedAt: z.iso.datetime().optional(),
});

function describeHold({ heldAt, releasedAt, ...rest }: LegalHold): z.input<typeof holdSchema> {
  return {
    ...rest,
    heldAt: timestamp(heldAt),
    ...(releasedAt !== undefined && { releasedAt: timestamp(releasedAt) }),
  };
}

const stateSchema = z.object({
  name: z.string(),
  what: z.string(),
  where: z.array(z.string()),
  keptForDays: z.number().optional(),
  why: z.string().optional().describe('Where nothing is swept: why.'),
  due: z.int().describe('Past its time, and still there.'),
  oldestAt: z.iso.datetime().optional(),
  overdue: z.int().describe('Of what is due: for longer than sweeps take.'),
  holds: z.array(z.string()),
  sweptAt: z.iso.datetime().optional(),
  problem: z.string().optional().describe('The code of the fault the last sweep ended with.'),
});

const dayMs = 86_400_000;

function describeState(state: RetentionState): z.input<typeof stateSchema> {
  const { where, keepMs, why, oldestAt, holds, sweptAt, problem, ...rest } = state;
  return {
    ...rest,
    where: [...where],
    holds: holds.map(({ id }) => id),
    ...(keepMs !== undefined && { keptForDays: keepMs / dayMs }),
    ...(why !== undefined && { why }),
    ...(oldestAt !== undefined && { oldestAt: timestamp(oldestAt) }),
    ...(sweptAt !== undefined && { sweptAt: timestamp(sweptAt) }),
    ...(problem !== undefined && { problem }),
  };
}

export const retentionState = apiRoute({
  method: 'GET',
  path: '/api/retention',
  summary: 'How long each kind of thing is kept, what is past its time, and legal holds.',
  permission: 'read retention',
  input: z.strictObject({}),
  output: z.object({
    classes: z.array(stateSchema),
    holds: z.array(holdSchema),
    clock: z
      .string()
      .optional()
      .describe(
        'Why nothing is destroyed by its age: the clock is ahead of the time last seen, or behind it.',
      ),
  }),
  async handle(_input, { services }) {
    const { retention, holds } = services.keeping;
    const clock = retention.clock.problem;
    return {
      ...(clock !== undefined && { clock }),
      classes: (await retention.status()).map(describeState),
      holds: (await holds.list()).map(describeHold),
    };
  },
});

export const sweepRetention = apiRoute({
  method: 'POST',
  path: '/api/retention/sweep',
  summary: 'Destroys what is past its time and not held, now; or says what it would destroy.',
  permission: 'sweep retention',
  input: z.strictObject({
    dryRun: z.boolean().prefault(false),
    only: z.string().max(100).optional().describe('One class.'),
  }),
  output: z.object({
    dryRun: z.boolean(),
    swept: z.array(
      z.object({ name: z.string(), count: z.int(), held: z.boolean(), problem: z.string().optional() }),
    ),
  }),
  async handle({ dryRun, only }, { services, operator }) {
    const swept = await services.keeping.retention.sweep({ dryRun, only }, operator.id);
    return { dryRun, swept: swept.map((one) => ({ ...one })) };
  },
});

export const confirmClock = apiRoute({
  method: 'POST',
  path: '/api/retention/clock/confirm',
  summary:
    'Says that the clock is right, though far from the time last seen: what is past its time is destroyed again.',
  permission: 'release holds',
  dangerous: { when: 'always', applies: () => true },
  input: z.strictObject({}),
  output: z.object({ confirmedAt: z.iso.datetime() }),
  async handle(_input, { services, operator }) {
    await services.keeping.retention.clock.confirm(operator.id);
    return { confirmedAt: timestamp(services.now()) };
  },
});

export const placeHold = apiRoute({
  method: 'POST',
  path: '/api/retention/holds',
  summary: 'Forbids, for a legal matter, that something is swept, pruned or erased.',
  permission: 'place holds',
  input: z.strictObject({
    scope: z.string().max(100).describe('everything, a class of retention, or the id of a data subject.'),
    matter: field.name().describe('How the matter is called where its file is kept; no names of persons.'),
  }),
  output: holdSchema,
  async refuses({ scope }, { services }) {
    const { holdScopes, subjects } = services.keeping;
    if (scope.startsWith('subj_')) return subjects.require(scope);
    if (holdScopes.includes(scope)) return;
    throw new Fault('api.invalid', {
      detail: `scope: the id of a subject, or one of ${holdScopes.join(', ')}.`,
    });
  },
  handle: async (request, { services, operator }) =>
    describeHold(await services.keeping.holds.place(request, operator.id)),
});

export const showHold = apiRoute({
  method: 'GET',
  path: '/api/retention/holds/:id',
  summary: 'One legal hold.',
  permission: 'read retention',
  input: z.strictObject({ id: z.string() }),
  output: holdSchema,
  async handle({ id }, { services }) {
    const found = await services.keeping.holds.find(id);
    if (!found) throw new Fault('api.not-found', { detail: 'There is no hold of this id.' });
    return describeHold(found);
  },
});

export const releaseHold = apiRoute({
  method: 'POST',
  path: '/api/retention/holds/:id/release',
  summary: 'Ends a legal hold: what it kept may be destroyed from the next sweep on.',
  permission: 'release holds',
  changes: showHold,
  dangerous: { when: 'always', applies: () => true },
  input: z.strictObject({ id: z.string() }),
  output: holdSchema,
  handle: async ({ id }, { services, operator }) =>
    describeHold(await services.keeping.holds.release(id, operator.id)),
});
