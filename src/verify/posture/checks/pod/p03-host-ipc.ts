import { hostNamespaces } from '../../pod-security/baseline/host-namespaces.ts';
import { cis, pss } from '../check.ts';
import { fromStandard, lastName } from './from-standard.ts';

export const p03 = fromStandard(
  {
    id: 'P03',
    title: 'Shares the IPC namespace of the node',
    severity: 'high',
    why: 'It reads and writes the shared memory of other programs on the node.',
    fix: 'Leave hostIPC out.',
    references: [cis('5.2.4'), pss('Baseline')],
    example: {
      bad: 'hostIPC: true\n',
      good: 'hostIPC: false\n',
    },
  },
  hostNamespaces,
  (violation) =>
    lastName(violation) === 'hostIPC' ? { proposal: { set: violation.path, value: false } } : undefined,
);
