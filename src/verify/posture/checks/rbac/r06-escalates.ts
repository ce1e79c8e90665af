import { actsOf } from '../../rbac/rules.ts';
import { cis, type ResourceCheck } from '../check.ts';
import { findRules, roleKinds } from './role-rules.ts';

const acts = [
  ...actsOf(['bind', 'escalate'], 'rbac.authorization.k8s.io', ['roles', 'clusterroles']),
  ...actsOf(['impersonate'], '', ['users', 'groups', 'serviceaccounts']),
];

export const r06: ResourceCheck = {
  id: 'R06',
  of: 'resource',
  kinds: roleKinds,
  title: 'A role gives itself more',
  severity: 'critical',
  why: 'bind and escalate put any permission into a role, impersonate acts as anybody: with one of them every other limit is a matter of asking.',
  fix: 'Take the verb away.',
  references: [cis('5.1.8')],
  example: {
    bad: 'rules:\n  - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}\n',
    good: 'rules:\n  - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [get]}\n',
  },
  find: (resource) => findRules(resource, acts, 'whoever has it can make itself cluster-admin.'),
};
