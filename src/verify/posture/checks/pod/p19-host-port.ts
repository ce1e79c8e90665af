import { hostPorts } from '../../pod-security/baseline/host-ports.ts';
import { cis, pss } from '../check.ts';
import { fromStandard } from './from-standard.ts';

export const p19 = fromStandard(
  {
    id: 'P19',
    title: 'Takes a port of the node',
    severity: 'medium',
    why: 'The port is open on the node, past NetworkPolicies and Services, and only one such Pod fits on it.',
    fix: 'Leave hostPort out, and use a Service.',
    references: [cis('5.2.12'), pss('Baseline')],
    example: {
      bad: 'ports:\n  - {containerPort: 8080, hostPort: 8080}\n',
      good: 'ports:\n  - {containerPort: 8080}\n',
    },
  },
  hostPorts,
  ({ path }) => ({ proposal: { remove: path } }),
);
