import { windowsHostProcess } from '../../pod-security/baseline/windows-host-process.ts';
import { cis, pss } from '../check.ts';
import { fromStandard } from './from-standard.ts';

export const p27 = fromStandard(
  {
    id: 'P27',
    title: 'A process of the Windows host',
    severity: 'high',
    why: 'It runs on the node itself, with the rights of its account there.',
    fix: 'Leave hostProcess out.',
    references: [cis('5.2.10'), pss('Baseline')],
    example: {
      bad: 'securityContext:\n  windowsOptions: {hostProcess: true}\n',
      good: 'securityContext: {}\n',
    },
  },
  windowsHostProcess,
);
