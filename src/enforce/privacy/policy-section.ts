import type { PolicySection } from '../../policy/index.ts';
import { checkData } from './section-check.ts';
import { type DataSection, dataSchema } from './section.ts';

/** `data:` of the policy. */
export const dataSection: PolicySection<'data', typeof dataSchema, { readonly data: DataSection }> = {
  name: 'data',
  schema: dataSchema,
  check: checkData,
};
