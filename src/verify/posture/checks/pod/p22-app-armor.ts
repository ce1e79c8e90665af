import { appArmorProfile } from '../../pod-security/baseline/app-armor-profile.ts';
import { pss } from '../check.ts';
import { fromStandard } from './from-standard.ts';

export const p22 = fromStandard(
  {
    id: 'P22',
    title: 'The AppArmor profile is taken off',
    severity: 'medium',
    why: 'The profile of the runtime keeps a container from writing to /proc and mounting filesystems.',
    fix: 'Leave the profile out, or set RuntimeDefault.',
    references: [pss('Baseline')],
    example: {
      bad: 'securityContext:\n  appArmorProfile: {type: Unconfined}\n',
      good: 'securityContext:\n  appArmorProfile: {type: RuntimeDefault}\n',
    },
  },
  appArmorProfile,
);
