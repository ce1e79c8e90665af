import { seLinuxOptions } from '../../pod-security/baseline/se-linux-options.ts';
import { pss } from '../check.ts';
import { fromStandard } from './from-standard.ts';

export const p23 = fromStandard(
  {
    id: 'P23',
    title: 'Changes its SELinux label',
    severity: 'medium',
    why: 'Another type or user can reach what the usual one is kept from.',
    fix: 'Leave seLinuxOptions out.',
    references: [pss('Baseline')],
    example: {
      bad: 'securityContext:\n  seLinuxOptions: {type: spc_t}\n',
      good: 'securityContext: {}\n',
    },
  },
  seLinuxOptions,
);
