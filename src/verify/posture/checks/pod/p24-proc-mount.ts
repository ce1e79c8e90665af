import { procMount } from '../../pod-security/baseline/proc-mount.ts';
import { pss } from '../check.ts';
import { fromStandard } from './from-standard.ts';

export const p24 = fromStandard(
  {
    id: 'P24',
    title: '/proc is not masked',
    severity: 'medium',
    why: 'Parts of /proc that are masked by default tell of the node and let it be changed.',
    fix: 'Leave procMount out.',
    references: [pss('Baseline')],
    example: {
      bad: 'securityContext:\n  procMount: Unmasked\n',
      good: 'securityContext: {}\n',
    },
  },
  procMount,
  ({ path }) => ({ proposal: { remove: path } }),
);
