import { z } from 'zod';
import { field, type ReportProblem } from '../../policy/index.ts';

const minute = 60_000;
const day = 86_400_000;
const year = 365 * day;

/** Where the caller may name the data subject. */
const sources = ['header', 'field', 'claim'] as const;
export type SubjectSource = (typeof sources)[number];

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'not the name of a header')
  .transform((name) => name.toLowerCase())
  .refine(
    (name) => !['authorization', 'cookie', 'x-api-key', 'api-key', 'host'].includes(name),
    'this header has a meaning of its own',
  );

const namedBy = {
  from: z
    .array(z.enum(sources))
    .min(1)
    .describe(
      'Where the subject is looked for, in order. field: `safety_identifier` or `user` of OpenAI, `metadata.user_id` of Anthropic.',
    ),
  header: headerName.describe('The header.'),
  claim: z.string().min(1).max(100).describe("The claim of the caller's token."),
  required: z.boolean().describe('A call that names nobody is refused.'),
};

const subjects = z
  .strictObject({
    from: namedBy.from.prefault(['header', 'field']),
    header: headerName.prefault('surety-subject').describe('The header.'),
    claim: namedBy.claim.prefault('sub'),
    required: namedBy.required.prefault(false),
    apart: z
      .enum(['none', 'team'])
      .prefault('none')
      .describe('team: the same name from callers of two teams is two subjects.'),
    routes: z
      .record(
        z.string().min(1),
        z.strictObject({
          from: namedBy.from.exactOptional(),
          header: namedBy.header.exactOptional(),
          claim: namedBy.claim.exactOptional(),
          required: namedBy.required.exactOptional(),
        }),
      )
      .prefault({})
      .describe('What is otherwise on a route, by its name (or its match, where it has none).'),
  })
  .prefault({})
  .describe('Whose data a call is about: the data subject, as the caller names it.');

const capture = z
  .strictObject({
    routes: z
      .record(
        z.string().min(1),
        z.strictObject({
          of: field
            .oneOrMany(z.enum(['prompts', 'answers']))
            .prefault(['prompts', 'answers'])
            .describe('What is kept.'),
          for: field
            .duration({ min: minute, max: 10 * year })
            .exactOptional()
            .describe('How long. Default: data.retention.captured.'),
          most: field
            .size()
            .prefault('256 KiB')
            .describe('The longest text that is kept; of a longer one nothing is.'),
        }),
      )
      .prefault({})
      .describe('The routes whose prompts and answers are kept. None: nothing is.'),
    room: field.size().prefault('1 GiB').describe('What all of it may take in the store, sealed.'),
    reasons: z
      .array(field.name())
      .min(1)
      .max(20)
      .prefault(['abuse', 'incident', 'subject-request', 'support'])
      .describe(
        'The reasons for which somebody may read it. Each reading names one, and is recorded with it.',
      ),
  })
  .prefault({})
  .describe(
    'Prompts and answers that are kept, sealed under a key of their subject. Off unless a route is named.',
  );

const keep = (least: number, usual: string, meaning: string) =>
  field.duration({ min: least }).prefault(usual).describe(meaning);

const retention = z
  .strictObject({
    captured: keep(minute, '30d', 'Captured prompts and answers.'),
    cases: keep(30 * day, '6y', 'Cases of data subjects, after their end, with the record of erasures.'),
    sessions: keep(day, '30d', 'Sessions of operators, after their end.'),
    requests: keep(30 * day, '6y', 'Acts that waited for a second person, after their end.'),
    reviews: keep(30 * day, '6y', 'Access reviews, after they were closed.'),
    usage: keep(32 * day, '3y', 'Sums of usage and cost, by day.'),
    revocations: keep(
      30 * day,
      '2y',
      'Revocations of single tokens, and of those issued before a time: longer than any token of an issuer lives.',
    ),
    pseudonyms: keep(day, '400d', 'What pseudonyms of addresses and persons stand for.'),
    holds: keep(30 * day, '6y', 'Legal holds, after they were released.'),
    ledger: field
      .duration({ min: day })
      .exactOptional()
      .describe('Entries of the ledger. Default: record.keep; said in one of the two places.'),
  })
  .prefault({})
  .describe('How long what is kept of persons stays. Swept by itself; each sweep is an entry.');

const cases = z
  .strictObject({
    remind: field
      .duration({ min: day, max: 30 * day })
      .prefault('7d')
      .describe('How long before a case is due.'),
  })
  .prefault({})
  .describe('Requests of data subjects.');

/** The keys of `data:` that say what is kept of persons, and how long. */
export const keepingShape = { subjects, capture, retention, cases };

export type KeepingSection = {
  readonly [Name in keyof typeof keepingShape]: z.output<(typeof keepingShape)[Name]>;
};

/** The parts of other sections that the cross-checks look at. */
export interface KeepingPolicy {
  readonly data: KeepingSection;
  readonly record: { readonly keep: number };
  readonly gate: {
    readonly routes: readonly {
      readonly name?: string | undefined;
      readonly match: string;
      readonly wire: string;
    }[];
  };
}

const usualLedgerKeep = 400 * day;

/** How long entries are kept: said in `data.retention.ledger`, or in `record.keep`. */
export function ledgerKeepMs({ data, record }: Pick<KeepingPolicy, 'data' | 'record'>): number {
  return data.retention.ledger ?? record.keep;
}

/** What no schema can see. */
export function checkKeeping({ data, record, gate }: KeepingPolicy, report: ReportProblem): void {
  const routes = new Map(gate.routes.map((route) => [route.name ?? route.match, route]));
  for (const part of ['subjects', 'capture'] as const) {
    for (const name of Object.keys(data[part].routes)) {
      if (routes.has(name)) continue;
      const path = ['data', part, 'routes', name];
      report({ path, message: 'there is no such route', found: name, allowed: [...routes.keys()] });
    }
  }
  for (const name of Object.keys(data.capture.routes)) {
    if (routes.get(name)?.wire !== 'generic') continue;
    const message = 'on the generic wire nothing says what is a prompt; only the other wires are captured';
    report({ path: ['data', 'capture', 'routes', name], message });
  }
  const { ledger } = data.retention;
  if (ledger !== undefined && record.keep !== usualLedgerKeep && record.keep !== ledger)
    report({
      path: ['data', 'retention', 'ledger'],
      message: 'record.keep says something else; say it once',
    });
}
