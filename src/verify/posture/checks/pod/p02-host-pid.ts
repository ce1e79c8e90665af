import { hostNamespaces } from '../../pod-security/baseline/host-namespaces.ts';
import { cis, pss } from '../check.ts';
import { fromStandard, lastName } from './from-standard.ts';

export const p02 = fromStandard(
  {
    id: 'P02',
    title: 'Shares the process namespace of the node',
    severity: 'high',
    why: 'It sees every process of the node, its arguments and its environment, and can send it signals.',
    fix: 'Leave hostPID out.',
    references: [cis('5.2.3'), pss('Baseline')],
    example: {
      bad: 'hostPID: true\n',
      good: 'hostPID: false\n',
    },
  },
  hostNamespaces,
  (violation) =>
    lastName(violation) === 'hostPID' ? { proposal: { set: violation.path, value: false } } : undefined,
);
