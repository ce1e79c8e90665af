import { actsOf } from '../../rbac/rules.ts';
import { cis, type ResourceCheck } from '../check.ts';
import { findRules, roleKinds } from './role-rules.ts';

const acts = [
  ...actsOf(['create', 'patch', 'update'], '', ['pods', 'replicationcontrollers']),
  ...actsOf(['create', 'patch', 'update'], 'apps', [
    'daemonsets',
    'deployments',
    'replicasets',
    'statefulsets',
  ]),
  ...actsOf(['create', 'patch', 'update'], 'batch', ['cronjobs', 'jobs']),
];

export const r04: ResourceCheck = {
  id: 'R04',
  of: 'resource',
  kinds: roleKinds,
  title: 'A role creates Pods',
  severity: 'high',
  why: 'Who creates Pods chooses their service account, their Secrets and, where nothing forbids it, the host they see: it is a way to every permission in the namespace.',
  fix: 'Let only deployment pipelines create workloads.',
  references: [cis('5.1.4')],
  example: {
    bad: 'rules:\n  - {apiGroups: [apps], resources: [deployments], verbs: [create]}\n',
    good: 'rules:\n  - {apiGroups: [apps], resources: [deployments], verbs: [get, list]}\n',
  },
  find: (resource) =>
    findRules(resource, acts, 'whoever has it can run a Pod under any service account of the namespace.'),
};
