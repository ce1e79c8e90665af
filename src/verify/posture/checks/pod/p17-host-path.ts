import { hostPathVolumes } from '../../pod-security/baseline/host-path-volumes.ts';
import { cis, pss } from '../check.ts';
import { fromStandard } from './from-standard.ts';

export const p17 = fromStandard(
  {
    id: 'P17',
    title: 'Mounts a path of the node',
    severity: 'high',
    why: 'Files of the node are its configuration, its credentials and the sockets of its daemons.',
    fix: 'Use a volume of another kind: emptyDir, a PersistentVolumeClaim, a ConfigMap.',
    references: [cis('5.2.11'), pss('Baseline')],
    example: {
      bad: 'volumes:\n  - name: logs\n    hostPath: {path: /var/log}\n',
      good: 'volumes:\n  - name: logs\n    emptyDir: {sizeLimit: 1Gi}\n',
    },
  },
  hostPathVolumes,
);
