import { rbacGroup } from '../../rbac/grants.ts';
import { cis, type ResourceCheck } from '../check.ts';

export const r01: ResourceCheck = {
  id: 'R01',
  of: 'resource',
  kinds: ['ClusterRoleBinding', 'RoleBinding'],
  title: 'cluster-admin is bound',
  severity: 'critical',
  why: 'cluster-admin may do everything to everything. Whoever gets hold of one of its subjects, such as a Pod under its service account, has the cluster.',
  fix: 'Bind a role that holds just what the subject does; surety scan --rbac shows what it can do now.',
  references: [cis('5.1.1')],
  example: {
    bad: 'kind: ClusterRoleBinding\nroleRef: {kind: ClusterRole, name: cluster-admin}\n',
    good: 'kind: RoleBinding\nroleRef: {kind: Role, name: deployer}\n',
  },
  find: ({ group, kind, field }) => {
    const name = field.at('roleRef', 'name');
    if (group !== rbacGroup || name.text !== 'cluster-admin') return [];
    const where = kind === 'RoleBinding' ? 'the whole namespace' : 'the whole cluster';
    return [
      { path: name.path, message: `cluster-admin is bound: its subjects may do everything in ${where}.` },
    ];
  },
};
