import { cis, type ResourceCheck } from '../check.ts';

export const n01: ResourceCheck = {
  id: 'N01',
  of: 'resource',
  kinds: [
    'Pod',
    'Deployment',
    'StatefulSet',
    'DaemonSet',
    'ReplicaSet',
    'Job',
    'CronJob',
    'ReplicationController',
  ],
  title: 'In the default namespace',
  severity: 'medium',
  why: 'What lies in default has no owner, no quota and no policy of its own; whatever is applied without a namespace lands beside it.',
  fix: 'Give it a namespace of its own.',
  references: [cis('5.6.4')],
  example: {
    bad: 'kind: Deployment\nmetadata: {name: api, namespace: default}\n',
    good: 'kind: Deployment\nmetadata: {name: api, namespace: prod}\n',
  },
  find: ({ field, pod, namespace }) => {
    const { path } = field.at('metadata', 'namespace');
    return pod && namespace === 'default' ? [{ path, message: 'The namespace is default.' }] : [];
  },
};
