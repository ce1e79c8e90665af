import { runAsUser } from '../../pod-security/restricted/run-as-user.ts';
import { cis, pss } from '../check.ts';
import { fromStandard } from './from-standard.ts';

export const p07 = fromStandard(
  {
    id: 'P07',
    title: 'Runs as root',
    severity: 'high',
    why: 'Root in a container is root on the node as soon as one flaw lets it out.',
    fix: 'Run as another user than 0.',
    references: [cis('5.2.7'), pss('Restricted')],
    example: {
      bad: 'securityContext:\n  runAsUser: 0\n',
      good: 'securityContext:\n  runAsUser: 1000\n',
    },
  },
  runAsUser,
  ({ path }) => ({ proposal: { set: path, value: 1000 } }),
);
