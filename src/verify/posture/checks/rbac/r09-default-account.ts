import { rbacGroup } from '../../rbac/grants.ts';
import { cis, type ResourceCheck } from '../check.ts';

export const r09: ResourceCheck = {
  id: 'R09',
  of: 'resource',
  kinds: ['ClusterRoleBinding', 'RoleBinding'],
  title: 'A role is bound to a default service account',
  severity: 'medium',
  why: 'Every Pod that names no service account runs under it, so each of them has the role.',
  fix: 'Give the workload a service account of its own and bind the role to that.',
  references: [cis('5.1.5')],
  example: {
    bad: 'subjects:\n  - {kind: ServiceAccount, name: default, namespace: prod}\n',
    good: 'subjects:\n  - {kind: ServiceAccount, name: agents, namespace: prod}\n',
  },
  find: ({ group, field }) =>
    group !== rbacGroup
      ? []
      : field
          .at('subjects')
          .items()
          .filter(
            (subject) =>
              subject.at('kind').text === 'ServiceAccount' && subject.at('name').text === 'default',
          )
          .map((subject) => ({
            path: subject.at('name').path,
            message:
              'The role is bound to a default service account, which every Pod without one of its own runs under.',
          })),
};
