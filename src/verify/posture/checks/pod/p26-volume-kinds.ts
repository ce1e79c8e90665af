import { restrictedVolumes } from '../../pod-security/restricted/volumes.ts';
import { pss } from '../check.ts';
import { fromStandard, lastName } from './from-standard.ts';

export const p26 = fromStandard(
  {
    id: 'P26',
    title: 'A volume of a kind that is not allowed',
    severity: 'medium',
    why: 'Such a volume brings the credentials of a storage system, or the node, into the namespace.',
    fix: 'Use a PersistentVolumeClaim.',
    references: [pss('Restricted')],
    example: {
      bad: 'volumes:\n  - name: data\n    nfs: {server: nfs.example.com, path: /}\n',
      good: 'volumes:\n  - name: data\n    persistentVolumeClaim: {claimName: data}\n',
    },
  },
  restrictedVolumes,
  (violation) => (lastName(violation) === 'hostPath' ? undefined : {}),
);
