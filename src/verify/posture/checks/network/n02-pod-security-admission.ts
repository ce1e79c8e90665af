import { cis, type ResourceCheck } from '../check.ts';

/** Their Pods are the cluster itself. */
const systemNamespaces = new Set(['kube-system', 'kube-public', 'kube-node-lease']);

export const n02: ResourceCheck = {
  id: 'N02',
  of: 'resource',
  kinds: ['Namespace'],
  title: 'Pod Security is not enforced in the namespace',
  severity: 'high',
  why: 'Without the label any Pod is admitted, also a privileged one.',
  fix: 'Label the namespace pod-security.kubernetes.io/enforce: restricted (or baseline).',
  references: [cis('5.2.1')],
  example: {
    bad: 'kind: Namespace\nmetadata: {name: prod}\n',
    good: 'kind: Namespace\nmetadata:\n  name: prod\n  labels: {pod-security.kubernetes.io/enforce: restricted}\n',
  },
  find: ({ field, name }) => {
    const label = field.at('metadata', 'labels', 'pod-security.kubernetes.io/enforce');
    if (systemNamespaces.has(name) || label.text === 'baseline' || label.text === 'restricted') return [];
    const found = label.isSet ? `enforces ${String(label.text)}` : 'enforces no level';
    return [{ path: label.path, message: `The namespace ${found} of the Pod Security Standards.` }];
  },
};
