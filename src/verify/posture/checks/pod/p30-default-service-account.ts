import { cis, type PodCheck } from '../check.ts';

export const p30: PodCheck = {
  id: 'P30',
  of: 'pod',
  title: 'Runs under the default service account',
  severity: 'low',
  why: 'Whatever is given to it is given to every Pod of the namespace that names no other.',
  fix: 'Give the workload a service account of its own.',
  references: [cis('5.1.5')],
  example: {
    bad: 'spec: {}\n',
    good: 'spec:\n  serviceAccountName: agents\n',
  },
  find: ({ pod }) => {
    const field = pod.spec.at('serviceAccountName');
    const name = field.text ?? pod.spec.at('serviceAccount').text ?? 'default';
    return name === 'default' || name === ''
      ? [{ path: field.path, message: 'serviceAccountName is default or not set.' }]
      : [];
  },
};
