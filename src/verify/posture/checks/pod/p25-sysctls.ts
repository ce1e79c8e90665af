import { sysctls } from '../../pod-security/baseline/sysctls.ts';
import { pss } from '../check.ts';
import { fromStandard } from './from-standard.ts';

export const p25 = fromStandard(
  {
    id: 'P25',
    title: 'Sets an unsafe sysctl',
    severity: 'medium',
    why: 'A sysctl outside the safe set changes the kernel for every Pod of the node.',
    fix: 'Set it on the node, if at all.',
    references: [pss('Baseline')],
    example: {
      bad: 'securityContext:\n  sysctls:\n    - {name: kernel.msgmax, value: "65536"}\n',
      good: 'securityContext: {}\n',
    },
  },
  sysctls,
);
