import { actsOf } from '../../rbac/rules.ts';
import { cis, type ResourceCheck } from '../check.ts';
import { findRules, roleKinds } from './role-rules.ts';

const acts = actsOf(['get', 'list', 'watch'], '', ['secrets']);

export const r03: ResourceCheck = {
  id: 'R03',
  of: 'resource',
  kinds: roleKinds,
  title: 'A role reads secrets',
  severity: 'high',
  why: 'Every credential of the namespace, or with a ClusterRole of the cluster, lies in Secrets; listing them is reading them.',
  fix: 'Let the subject read the one Secret it needs (resourceNames, verb get), or mount it.',
  references: [cis('5.1.2')],
  example: {
    bad: 'rules:\n  - {apiGroups: [""], resources: [secrets], verbs: [list]}\n',
    good: 'rules:\n  - {apiGroups: [""], resources: [secrets], resourceNames: [api-key], verbs: [get]}\n',
  },
  find: (resource) => findRules(resource, acts, 'whoever has it reads every credential there.'),
};
