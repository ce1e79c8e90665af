import { gateSection } from '../../src/enforce/gate/index.ts';
import { identitySection } from '../../src/enforce/identity/index.ts';
import { limitsSection } from '../../src/enforce/limits/index.ts';
import { dataSection } from '../../src/enforce/privacy/index.ts';
import { definePolicy } from '../../src/policy/index.ts';
import { recordSection } from '../../src/record/index.ts';

/** The sections that say what is done with data, and those they are checked against. */
export const policyFormat = definePolicy([
  gateSection,
  identitySection,
  limitsSection,
  dataSection,
  recordSection,
]);
