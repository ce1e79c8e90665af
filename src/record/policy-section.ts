import { z } from 'zod';
import { field, type PolicySection } from '../policy/index.ts';
import { isOrigin } from './tree/note.ts';

const day = 86_400_000;

const schema = z
  .strictObject({
    origin: z
      .string()
      .refine(isOrigin, 'not an origin; write a name without spaces or plus, such as ai.example.com/ledger')
      .optional()
      .describe(
        'The name of the ledger in its checkpoints and verifier key. A ledger keeps the one it began with.',
      )
      .meta({ examples: ['ai.example.com/ledger'] }),
    keep: field
      .duration({ min: day })
      .prefault('400d')
      .describe('How long entries are kept before they are pruned.'),
    checkpoint: field
      .duration({ min: 50, max: 1000 })
      .prefault('500ms')
      .describe('How often, at most, a checkpoint is signed over new entries.'),
    disk: z
      .strictObject({
        warn: field.size().prefault('1 GiB').describe('Free space under which a warning is given.'),
        stop: field
          .size()
          .prefault('128 MiB')
          .describe('Free space under which calls are refused because they could no longer be recorded.'),
      })
      .prefault({})
      .describe('What happens when the disk of the ledger fills.'),
  })
  .describe('The tamper-evident ledger of every decision and outcome.');

export type RecordPolicy = z.output<typeof schema>;

/** The `record` section. */
export const recordSection: PolicySection<'record', typeof schema, { readonly record: RecordPolicy }> = {
  name: 'record',
  schema,
  check({ record: { disk } }, report) {
    if (disk.warn >= disk.stop) return;
    const message = 'The warning would come after the stop; give warn more free space than stop.';
    report({ path: ['record', 'disk', 'warn'], message });
  },
};
