import { seccompProfileBaseline } from '../../pod-security/baseline/seccomp-profile.ts';
import { cis, pss } from '../check.ts';
import { fromStandard } from './from-standard.ts';

export const p21 = fromStandard(
  {
    id: 'P21',
    title: 'The seccomp profile is taken off',
    severity: 'high',
    why: 'Every system call is open, also those the runtime would refuse by itself.',
    fix: 'Set seccompProfile.type: RuntimeDefault.',
    references: [cis('5.6.2'), pss('Baseline')],
    example: {
      bad: 'securityContext:\n  seccompProfile: {type: Unconfined}\n',
      good: 'securityContext:\n  seccompProfile: {type: RuntimeDefault}\n',
    },
  },
  seccompProfileBaseline,
  ({ path }) => ({ proposal: { set: path, value: 'RuntimeDefault' } }),
);
