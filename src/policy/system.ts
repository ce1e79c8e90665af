import { z } from 'zod';
import type { PolicySection } from './section.ts';

const schema = z
  .strictObject({
    name: z.string().trim().min(1).max(100).prefault('AI platform').describe('What the system is called.'),
    contact: z
      .string()
      .max(300)
      .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/[^\s@]+)$/, 'not a contact; write mailto:… or https://…')
      .optional()
      .describe('Where a person reports a security problem.')
      .meta({ examples: ['mailto:security@example.com', 'https://example.com/security'] }),
    description: z.string().max(2000).optional().describe('What the system does, in a sentence.'),
  })
  .describe('The system this policy is about.');

/** The `system` section: what the policy is about. Owned here, because no room enforces it. */
export const systemSection: PolicySection<'system', typeof schema> = { name: 'system', schema };

export type SystemPolicy = z.output<typeof schema>;
