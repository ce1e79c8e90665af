import { z } from 'zod';
import { unjudged, unreplayable } from '../../enforce/gate/index.ts';
import { Fault } from '../../kernel/index.ts';
import { momentSchema } from './fields.ts';
import { readCursor, writeCursor } from './pages.ts';
import { apiRoute } from './route.ts';

const groupSchema = z.object({
  principal: z.string().optional().describe('A key id, the pseudonym of a token, or public.'),
  roles: z.array(z.string()),
  team: z.string().optional(),
  route: z.string().optional(),
  operation: z.string().optional(),
  model: z.string().optional(),
  reason: z.string().describe('A fault code: of the new refusal, or of the one that would fall away.'),
  limit: z.string().optional().describe('The limit that refuses, or refused: `team-cost-day`.'),
  calls: z.int(),
  examples: z.array(z.string()).describe('Ids of entries.'),
  firstAt: z.string(),
  lastAt: z.string(),
});

const countedSchema = <Name extends string>(names: Readonly<Record<Name, string>>) =>
  z.array(
    z.object({
      name: z.enum(Object.keys(names) as [Name, ...Name[]]),
      means: z.string(),
      calls: z.int(),
      examples: z.array(z.string()),
    }),
  );

function explained<Name extends string>(
  counted: readonly { name: Name; calls: number; examples: readonly string[] }[],
  sentences: Readonly<Record<Name, string>>,
) {
  return counted.map(({ name, calls, examples }) => ({
    name,
    means: sentences[name],
    calls,
    examples: [...examples],
  }));
}

export const replayPolicy = apiRoute({
  method: 'POST',
  path: '/api/policy/replay',
  summary:
    'Runs recorded decisions and refusals through a candidate policy, limits at the recorded times and for what calls used, a page at a time. While there is `next`, ask again with it as `cursor`; counts add up.',
  permission: 'replay policy',
  recorded: true,
  input: z.strictObject({
    candidate: z.string().max(240_000).describe('The text of the policy.'),
    file: z.string().max(200).prefault('candidate').describe('How its problems name it.'),
    since: momentSchema.prefault('7d'),
    until: momentSchema.prefault('0s'),
    cursor: z.string().max(200).optional(),
    entries: z.coerce
      .number()
      .int()
      .min(1)
      .max(200_000)
      .prefault(50_000)
      .describe('Entries looked at in one answer.'),
  }),
  output: z.object({
    candidateDigest: z.string(),
    inForceDigest: z.string(),
    limitsReplayed: z.literal(true),
    entries: z.int(),
    calls: z.int(),
    stillAllowed: z.int(),
    stillRefused: z.int(),
    newlyRefused: z.array(groupSchema),
    newlyAllowed: z.array(groupSchema),
    furtherRefused: z.int().describe('Calls newly refused in groups beyond those listed.'),
    furtherAllowed: z.int(),
    notReplayed: countedSchema(unreplayable),
    notJudged: countedSchema(unjudged),
    unrecorded: z.int().describe('Calls that gaps of the ledger say were refused unrecorded.'),
    pruned: z.boolean().describe('Whether the ledger no longer has the beginning of the span.'),
    firstAt: z.string().optional(),
    size: z.int(),
    at: z.int().optional().describe('How far the ledger was read, of size.'),
    next: z.string().optional(),
  }),
  async handle({ candidate, file, since, until, cursor, entries }, { services }) {
    if (since >= until) throw new Fault('api.invalid', { detail: 'since: it is not before until.' });
    const going = cursor === undefined ? undefined : readCursor(cursor);
    const { next, firstAt, notReplayed, notJudged, ...page } = await services.replayPolicy({
      candidate,
      file,
      since,
      until,
      going,
      pageEntries: entries,
    });
    return {
      ...page,
      limitsReplayed: true as const,
      newlyRefused: page.newlyRefused.map(described),
      newlyAllowed: page.newlyAllowed.map(described),
      notReplayed: explained(notReplayed, unreplayable),
      notJudged: explained(notJudged, unjudged),
      ...(firstAt !== undefined && { firstAt }),
      ...(next && { at: next.at, next: writeCursor(next.going) }),
    };
  },
});

function described<Group extends { roles: readonly string[]; examples: readonly string[] }>(group: Group) {
  return { ...group, roles: [...group.roles], examples: [...group.examples] };
}
