import { z } from 'zod';
import type { PolicySection } from '../../policy/index.ts';
import { checkKeeping, type KeepingPolicy, keepingShape } from './keeping-section.ts';
import { checkData } from './section-check.ts';
import { type DataSection, dataSchema } from './section.ts';

const schema = z
  .strictObject({ ...dataSchema.shape, ...keepingShape })
  .describe(
    'Personal data and secrets: what is looked for and who may see it; whose it is, what is kept of it, how long.',
  );

type Whole = Omit<KeepingPolicy, 'data'> & { readonly data: DataSection & KeepingPolicy['data'] };

/** `data:` of the policy. */
export const dataSection: PolicySection<'data', typeof schema, Whole> = {
  name: 'data',
  schema,
  check(policy, report) {
    checkData(policy, report);
    checkKeeping(policy, report);
  },
};
