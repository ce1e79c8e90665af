import { nsa, type Found, type PodCheck } from '../check.ts';

const controlPlane = new Set(['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master']);

export const w05: PodCheck = {
  id: 'W05',
  of: 'pod',
  title: 'May run beside the control plane',
  severity: 'medium',
  why: 'A break-out there ends in the control plane.',
  fix: 'Take the toleration away, and keep workloads on worker nodes.',
  references: [nsa('Kubernetes Pod security')],
  example: {
    bad: 'tolerations:\n  - {key: node-role.kubernetes.io/control-plane, operator: Exists}\n',
    good: 'tolerations: []\n',
  },
  find: ({ pod, resource }): readonly Found[] =>
    resource.namespace === 'kube-system'
      ? []
      : pod.spec
          .at('tolerations')
          .items()
          .filter((one) => {
            const key = one.at('key').text;
            const toleratesAll = (key === undefined || key === '') && one.at('operator').text === 'Exists';
            return toleratesAll || (key !== undefined && controlPlane.has(key));
          })
          .map(({ path }) => ({
            path,
            message: 'It tolerates the taint that keeps workloads off the control plane.',
          })),
};
