import { gateSection } from '../enforce/gate/index.ts';
import { identitySection } from '../enforce/identity/index.ts';
import { limitsSection } from '../enforce/limits/index.ts';
import { dataSection } from '../enforce/privacy/index.ts';
import { definePolicy, type PolicyOf, systemSection } from '../policy/index.ts';
import { recordSection } from '../record/index.ts';
import { verifySection } from '../verify/posture/index.ts';

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
