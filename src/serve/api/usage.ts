import { z } from 'zod';
import { type UsageDimension, type UsageGroup, usageDimensions } from '../../enforce/limits/index.ts';
import { Fault } from '../../kernel/index.ts';
import { csv } from './csv.ts';
import { momentSchema } from './fields.ts';
import { pageInput, pageOutput, readCursor, writeCursor } from './pages.ts';
import { apiRoute } from './route.ts';

const isDimension = (name: string): name is UsageDimension =>
  (usageDimensions as readonly string[]).includes(name);

/** `team,model,day`: each once, in the order asked for. */
const dimensionsSchema = z.string().transform((text, context): UsageDimension[] => {
  const names = text === '' ? [] : text.split(',').map((name) => name.trim());
  const known = names.filter(isDimension);
  if (known.length === names.length && new Set(names).size === names.length) return known;
  const message = `not a list of ${usageDimensions.join(', ')}, each once`;
  context.issues.push({ code: 'custom', input: text, message });
  return z.NEVER;
});

const daySchema = momentSchema.transform((at) => new Date(at).toISOString().slice(0, 10));
const filter = (what: string) =>
  z.string().max(200).optional().describe(`Only of this ${what}; empty: of none.`);

const counts = {
  requests: z.int(),
  estimated: z
    .int()
    .describe('Of the requests: those whose tokens the gate estimated, since the service did not say.'),
  unknown: z
    .int()
    .describe('Of the requests: those whose end was lost in a crash; what they had reserved counts as used.'),
  inputTokens: z.int(),
  cachedInputTokens: z.int().describe('Part of inputTokens.'),
  outputTokens: z.int(),
  reasoningTokens: z.int().describe('Part of outputTokens.'),
  costUsd: z.string().describe('Exact, by the prices in force when each call ended: 12.345678901.'),
};

const groupSchema = z.object({
  day: z.string().optional(),
  month: z.string().optional(),
  team: z.string().optional(),
  key: z.string().optional(),
  role: z.string().optional(),
  route: z.string().optional(),
  operation: z.string().optional(),
  model: z.string().optional(),
  ...counts,
});

function described(by: readonly UsageDimension[], { values, ...group }: UsageGroup) {
  return { ...Object.fromEntries(by.map((name, index) => [name, values[index] ?? ''])), ...group };
}

function readAfter(cursor: string, by: readonly UsageDimension[]): readonly string[] {
  try {
    const values: unknown = JSON.parse(readCursor(cursor));
    if (
      Array.isArray(values) &&
      values.length === by.length &&
      values.every((value) => typeof value === 'string')
    )
      return values;
  } catch {
    // Answered below like every cursor that is none.
  }
  throw new Fault('api.invalid', { detail: 'cursor: it is none this API gave for this grouping.' });
}

export const usage = apiRoute({
  method: 'GET',
  path: '/api/usage',
  summary:
    'What was used and what it cost, summed by team, model, day and so on; a page at a time; also as CSV.',
  permission: 'read usage',
  input: z.strictObject({
    by: dimensionsSchema
      .prefault('team,model,day')
      .describe(`Any of ${usageDimensions.join(', ')}, with commas.`),
    since: daySchema.optional().describe('The first UTC day.'),
    until: daySchema.optional().describe('The last UTC day.'),
    team: filter('team'),
    key: filter('key or token'),
    role: filter('role'),
    route: filter('route'),
    operation: filter('operation'),
    model: filter('model'),
    format: z
      .enum(['json', 'csv'])
      .prefault('json')
      .describe('csv: RFC 4180; the cursor of the next page is in the header surety-next.'),
    ...pageInput,
  }),
  output: z.object({
    by: z.array(z.string()),
    groups: z.array(groupSchema),
    complete: z.boolean().describe('False where calls that have ended are not counted yet: ask again.'),
    ...pageOutput,
  }),
  async handle({ by, since, until, limit, cursor, format: _format, ...filters }, { services }) {
    const where = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
    const after = cursor === undefined ? undefined : readAfter(cursor, by);
    const report = await services.usage.report({ by, since, until, where, limit, after });
    const last = report.groups.at(-1);
    return {
      by: [...by],
      groups: report.groups.map((group) => described(by, group)),
      complete: report.complete,
      ...(report.more && last && { next: writeCursor(JSON.stringify(last.values)) }),
    };
  },
  represent: ({ next, ...page }, { format }) =>
    format === 'csv'
      ? {
          contentType: 'text/csv; charset=utf-8; header=present',
          body: usageCsv(page, { head: true }),
          headers: {
            'content-disposition': 'attachment; filename="usage.csv"',
            ...(next && { 'surety-next': next }),
          },
        }
      : undefined,
});

/** A page as CSV; of several in one file only the first has the head. */
export function usageCsv(
  {
    by,
    groups,
  }: { readonly by: readonly string[]; readonly groups: readonly Readonly<Record<string, unknown>>[] },
  { head }: { readonly head: boolean },
): string {
  const columns = [...by, ...Object.keys(counts)];
  const cell = (value: unknown): string | number =>
    typeof value === 'number' || typeof value === 'string' ? value : '';
  const rows = groups.map((group) => columns.map((column) => cell(group[column])));
  return csv(head ? [columns, ...rows] : rows);
}
