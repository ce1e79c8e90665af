import type { PolicyRule } from './rules.ts';

interface BuiltInRole {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
}

function rule(groups: readonly string[], resources: readonly string[], verbs: readonly string[]): PolicyRule {
  return { groups, resources, verbs, names: [], urls: [], path: [] };
}

const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const workloads = ['daemonsets', 'deployments', 'replicasets', 'statefulsets'];

/** Of what they permit, that which matters to the checks. */
const view = [
  rule(
    [''],
    ['configmaps', 'pods', 'pods/log', 'services', 'serviceaccounts', 'persistentvolumeclaims'],
    read,
  ),
  rule(['apps'], workloads, read),
  rule(['batch'], ['cronjobs', 'jobs'], read),
];
const edit = [
  ...view,
  rule([''], ['secrets'], [...read, ...write]),
  rule(
    [''],
    ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'services/proxy'],
    [...read, ...write],
  ),
  rule([''], ['serviceaccounts'], ['impersonate', ...write]),
  rule([''], ['serviceaccounts/token'], ['create']),
  rule([''], ['pods', 'configmaps', 'services', 'persistentvolumeclaims'], write),
  rule(['apps'], workloads, write),
  rule(['batch'], ['cronjobs', 'jobs'], write),
];
const admin = [...edit, rule(['rbac.authorization.k8s.io'], ['roles', 'rolebindings'], [...read, ...write])];

/**
 * The user-facing roles of every cluster, which bindings name without a manifest that defines them.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
 */
export const builtInRoles: readonly BuiltInRole[] = [
  { name: 'cluster-admin', rules: [{ ...rule(['*'], ['*'], ['*']), urls: ['*'] }] },
  { name: 'admin', rules: admin },
  { name: 'edit', rules: edit },
  { name: 'view', rules: view },
];
