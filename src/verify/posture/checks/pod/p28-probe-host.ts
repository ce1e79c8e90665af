import { hostProbesAndHostLifecycle } from '../../pod-security/baseline/host-probes.ts';
import { pss } from '../check.ts';
import { fromStandard } from './from-standard.ts';

export const p28 = fromStandard(
  {
    id: 'P28',
    title: 'A probe or hook goes elsewhere',
    severity: 'medium',
    why: 'The kubelet sends the request, from the network of the node, to wherever the manifest says.',
    fix: 'Leave host out: the Pod itself is meant.',
    references: [pss('Baseline')],
    example: {
      bad: 'livenessProbe:\n  httpGet: {host: 169.254.169.254, port: 80}\n',
      good: 'livenessProbe:\n  httpGet: {port: 80}\n',
    },
  },
  hostProbesAndHostLifecycle,
  ({ path }) => ({ proposal: { remove: path } }),
);
