import { gateSection } from '../../src/enforce/gate/policy-section.ts';
import { identitySection } from '../../src/enforce/identity/policy-section.ts';
import { limitsSection } from '../../src/enforce/limits/policy-section.ts';
import { dataSection } from '../../src/enforce/privacy/policy-section.ts';
import { definePolicy } from '../../src/policy/index.ts';
import { recordSection } from '../../src/record/policy-section.ts';

/** The sections that say what is done with data, and those they are checked against. */
export const policyFormat = definePolicy([
  gateSection,
  identitySection,
  limitsSection,
  dataSection,
  recordSection,
]);
