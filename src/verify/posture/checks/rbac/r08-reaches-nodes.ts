import { actsOf } from '../../rbac/rules.ts';
import { cis, type ResourceCheck } from '../check.ts';
import { findRules, roleKinds } from './role-rules.ts';

const acts = [
  ...actsOf(['create', 'get'], '', ['nodes/proxy']),
  ...actsOf(['create'], '', ['serviceaccounts/token', 'persistentvolumes']),
  ...actsOf(['update', 'patch'], 'certificates.k8s.io', ['certificatesigningrequests/approval']),
  ...actsOf(['approve'], 'certificates.k8s.io', ['signers']),
  ...actsOf(['create', 'update', 'patch'], 'admissionregistration.k8s.io', [
    'mutatingwebhookconfigurations',
    'validatingwebhookconfigurations',
  ]),
];

export const r08: ResourceCheck = {
  id: 'R08',
  of: 'resource',
  kinds: roleKinds,
  title: 'A role reaches nodes, webhooks or tokens',
  severity: 'high',
  why: 'Each of these is a way around the API server: nodes/proxy speaks to the kubelet, approved certificates and created tokens are new identities, webhooks see and change every request, a PersistentVolume can be a path of the host.',
  fix: 'Take it away from everything but the controllers of the cluster.',
  references: [cis('5.1.9'), cis('5.1.10'), cis('5.1.11'), cis('5.1.12'), cis('5.1.13')],
  example: {
    bad: 'rules:\n  - {apiGroups: [""], resources: [nodes/proxy], verbs: [get]}\n',
    good: 'rules:\n  - {apiGroups: [""], resources: [nodes], verbs: [get]}\n',
  },
  find: (resource) => findRules(resource, acts, "it is a way around the API server's permissions."),
};
