import { z } from 'zod';
import { field } from '../../policy/index.ts';
import { longestPattern, patternProblem } from './custom/pattern.ts';
import { defaultClasses } from './detector.ts';
import { regions } from './detectors/catalogue.ts';

/** What is done with a call whose text is above what a service may see. */
export const aboveActions = ['refuse', 'redact', 'pseudonymise', 'reroute'] as const;
export type AboveAction = (typeof aboveActions)[number];

const className = () =>
  z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'not a class; write up to 32 small letters, digits and dashes')
    .meta({ kind: 'a class', examples: ['confidential'] });

const pattern = z
  .string()
  .min(1)
  .max(longestPattern)
  .superRefine((source, context) => {
    const problem = patternProblem(source);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: `not a pattern: ${problem}` });
  })
  .meta({ kind: 'a pattern', examples: ['EMP-[0-9]{6}'] });

const custom = z
  .strictObject({
    pattern: pattern
      .exactOptional()
      .describe('A regular expression in RE2 syntax, without anchors. * and + repeat 64 times at most.'),
    words: z
      .array(z.string().trim().min(2).max(128))
      .min(1)
      .max(10_000)
      .exactOptional()
      .describe('Words and names that are found whole.'),
    class: className().describe('The class of what it finds.'),
    matchCase: z.boolean().prefault(false).describe('Whether capitals and small letters differ.'),
  })
  .superRefine((value, context) => {
    if ((value.pattern === undefined) === (value.words === undefined))
      context.addIssue({ code: 'custom', message: 'a detector has either pattern or words' });
  });

const detect = z
  .union([
    z.enum(['all', 'none']),
    z.record(field.name(), z.union([z.enum(['default', 'never']), className()])),
  ])
  .prefault('none')
  .describe(
    'What is looked for: all (each detector in its own class), none, or detectors and families by name (or all), each with a class, default or never. The narrower name wins. "surety detectors" lists them.',
  )
  .meta({ examples: ['all'] });

const answers = z
  .strictObject({
    ceiling: className().describe('The highest class that callers may get.'),
    above: z
      .enum(['refuse', 'redact'])
      .prefault('redact')
      .describe(
        'What is done with an answer above it. refuse holds back the answer until it is whole, streams included.',
      ),
  })
  .describe('Answers of the services. Left out, they are classified and passed on.');

const schema = z.strictObject({
  classes: z
    .array(className())
    .min(2)
    .max(16)
    .prefault([...defaultClasses])
    .describe('The classes of data, the least sensitive first.'),
  detect,
  regions: z
    .array(z.enum(regions as [string, ...string[]]))
    .exactOptional()
    .describe('The countries whose numbers are looked for. Default: all.'),
  detectors: z.record(field.name(), custom).prefault({}).describe('Detectors of your own.'),
  confidence: z
    .number()
    .min(0)
    .max(1)
    .prefault(0.5)
    .describe('How sure a finding must be to count, from 0 to 1.'),
  ceiling: className()
    .exactOptional()
    .describe(
      'The highest class that services may see whose upstream or route says none. Default: every class.',
    ),
  above: z
    .enum(aboveActions)
    .prefault('refuse')
    .describe(
      'What is done with a call above what a service may see: refuse it; redact (placeholders instead of values); pseudonymise (the same, and the caller gets its own values back); reroute to a service that may see it.',
    ),
  unread: className()
    .exactOptional()
    .describe(
      'The class of what cannot be read: pictures, sound, files, token numbers, parts of a kind that is not known. Text beside it is inspected all the same. Default: the highest.',
    ),
  answers: answers.exactOptional(),
});

export type DataSection = z.output<typeof schema>;
export { schema as dataSchema };
