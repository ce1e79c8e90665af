import { hostNamespaces } from '../../pod-security/baseline/host-namespaces.ts';
import { cis, pss } from '../check.ts';
import { fromStandard, lastName } from './from-standard.ts';

export const p04 = fromStandard(
  {
    id: 'P04',
    title: 'Shares the network of the node',
    severity: 'high',
    why: 'It listens on the addresses of the node, reaches what listens on its loopback, and no NetworkPolicy holds for it.',
    fix: 'Leave hostNetwork out, and reach the program through a Service.',
    references: [cis('5.2.5'), pss('Baseline')],
    example: {
      bad: 'hostNetwork: true\n',
      good: 'hostNetwork: false\n',
    },
  },
  hostNamespaces,
  (violation) =>
    lastName(violation) === 'hostNetwork' ? { proposal: { set: violation.path, value: false } } : undefined,
);
