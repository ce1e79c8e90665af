import { nsa, type Found, type PodCheck } from '../check.ts';

export const w04: PodCheck = {
  id: 'W04',
  of: 'pod',
  title: 'Takes the priority of the system',
  severity: 'medium',
  why: 'It pushes others off the node, and is the last to go itself.',
  fix: 'Leave system-cluster-critical and system-node-critical to the cluster; use a PriorityClass of your own.',
  references: [nsa('Resource policies')],
  example: {
    bad: 'priorityClassName: system-node-critical\n',
    good: 'priorityClassName: production\n',
  },
  find: ({ pod, resource }): readonly Found[] => {
    const field = pod.spec.at('priorityClassName');
    return field.text?.startsWith('system-') && resource.namespace !== 'kube-system'
      ? [
          {
            path: field.path,
            message: `priorityClassName is ${field.text}, which is for the cluster itself.`,
          },
        ]
      : [];
  },
};
