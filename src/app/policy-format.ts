import { gateSection } from '../enforce/gate/policy-section.ts';
import { identitySection } from '../enforce/identity/policy-section.ts';
import { limitsSection } from '../enforce/limits/policy-section.ts';
import { dataSection } from '../enforce/privacy/policy-section.ts';
import { definePolicy, type PolicyOf, systemSection } from '../policy/index.ts';
import { recordSection } from '../record/policy-section.ts';
import { verifySection } from '../verify/posture/policy-section.ts';

const sections = [
  systemSection,
  gateSection,
  identitySection,
  limitsSection,
  dataSection,
  recordSection,
  verifySection,
] as const;

/** The whole policy file, assembled from the sections of the rooms that keep them. */
export const policyFormat = definePolicy(sections);

export type Policy = PolicyOf<typeof sections>;
