import { seccompProfileRestricted } from '../../pod-security/restricted/seccomp-profile.ts';
import { cis, pss } from '../check.ts';
import { fromStandard } from './from-standard.ts';

export const p20 = fromStandard(
  {
    id: 'P20',
    title: 'No seccomp profile',
    severity: 'medium',
    why: 'Without one a container may use every system call, also those that only exploits use.',
    fix: 'Set seccompProfile.type: RuntimeDefault for the Pod.',
    references: [cis('5.6.2'), pss('Restricted')],
    example: {
      bad: 'securityContext: {}\n',
      good: 'securityContext:\n  seccompProfile: {type: RuntimeDefault}\n',
    },
  },
  seccompProfileRestricted,
  ({ path }) => ({ patch: { set: path, value: 'RuntimeDefault' } }),
);
