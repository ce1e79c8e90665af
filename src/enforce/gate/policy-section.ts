import type { PolicySection } from '../../policy/index.ts';
import { type GatePolicy, gateSchema } from './section.ts';
import { checkGate } from './section-check.ts';

/** `gate:` of the policy. */
export const gateSection: PolicySection<'gate', typeof gateSchema, GatePolicy> = {
  name: 'gate',
  schema: gateSchema,
  check: checkGate,
};
