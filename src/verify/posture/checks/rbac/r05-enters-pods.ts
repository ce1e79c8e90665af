import { actsOf } from '../../rbac/rules.ts';
import { nsa, type ResourceCheck } from '../check.ts';
import { findRules, roleKinds } from './role-rules.ts';

const acts = actsOf(['create', 'get'], '', ['pods/exec', 'pods/attach', 'pods/portforward']);

export const r05: ResourceCheck = {
  id: 'R05',
  of: 'resource',
  kinds: roleKinds,
  title: 'A role enters running Pods',
  severity: 'high',
  why: 'A shell in a Pod has its files, its credentials and its place on the network, and leaves no trace in its image.',
  fix: 'Take pods/exec, pods/attach and pods/portforward away; give them for a time when somebody has to look.',
  references: [nsa('Authentication and authorization')],
  example: {
    bad: 'rules:\n  - {apiGroups: [""], resources: [pods/exec], verbs: [create]}\n',
    good: 'rules:\n  - {apiGroups: [""], resources: [pods/log], verbs: [get]}\n',
  },
  find: (resource) => findRules(resource, acts, 'whoever has it is inside every Pod of the namespace.'),
};
