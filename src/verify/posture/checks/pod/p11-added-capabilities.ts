import { capabilitiesBaseline } from '../../pod-security/baseline/capabilities.ts';
import { cis, pss } from '../check.ts';
import { fromStandard } from './from-standard.ts';

export const p11 = fromStandard(
  {
    id: 'P11',
    title: 'Adds a capability beyond the default set',
    severity: 'high',
    why: 'Each of them is a part of what root may do to the node.',
    fix: 'Do without it, or give the work to a program made for it.',
    references: [cis('5.2.9'), pss('Baseline')],
    example: {
      bad: 'securityContext:\n  capabilities:\n    add: [NET_ADMIN]\n',
      good: 'securityContext:\n  capabilities:\n    drop: [ALL]\n',
    },
  },
  capabilitiesBaseline,
);
