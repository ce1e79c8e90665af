import type { Resource } from '../kubernetes/resource.ts';
import { readLabels, readSelector } from '../network/selector.ts';
import { builtInRoles } from './built-in-roles.ts';
import { type PolicyRule, readRules } from './rules.ts';

export interface RoleSubject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  /** Of a service account. */
  readonly namespace: string | undefined;
}

/** A role, with the rules of those it is put together of. */
export interface Role {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  readonly namespace: string | undefined;
  /** Undefined: it is built into every cluster. */
  readonly resource: Resource | undefined;
  readonly rules: readonly PolicyRule[];
}

/** What a binding gives: the rules of a role to subjects, in one namespace or everywhere. */
export interface Grant {
  readonly binding: Resource;
  readonly roleName: string;
  /** Undefined: the manifests do not hold it, and it is not built in. */
  readonly role: Role | undefined;
  readonly subjects: readonly RoleSubject[];
  /** Undefined: everywhere. */
  readonly namespace: string | undefined;
}

export interface AccessControl {
  readonly roles: readonly Role[];
  readonly grants: readonly Grant[];
}

export const rbacGroup = 'rbac.authorization.k8s.io';

export function readAccessControl(resources: readonly Resource[]): AccessControl {
  const own = resources.filter(({ group }) => group === rbacGroup);
  const roles = readRoles(own);
  const byName = new Map(roles.map((role) => [roleKey(role.kind, role.namespace, role.name), role]));
  const grants = own
    .filter(({ kind }) => kind === 'RoleBinding' || kind === 'ClusterRoleBinding')
    .map((binding): Grant => {
      const namespace = binding.kind === 'RoleBinding' ? (binding.namespace ?? 'default') : undefined;
      const kind = binding.field.at('roleRef', 'kind').text ?? '';
      const roleName = binding.field.at('roleRef', 'name').text ?? '';
      const role = byName.get(roleKey(kind, kind === 'Role' ? namespace : undefined, roleName));
      return { binding, roleName, role, subjects: readSubjects(binding), namespace };
    });
  return { roles, grants };
}

const roleKey = (kind: string, namespace: string | undefined, name: string): string =>
  JSON.stringify([kind, namespace, name]);

/** Roles of the manifests come before built-in ones of the same name. */
function readRoles(resources: readonly Resource[]): Role[] {
  const clusterRoles = resources.filter(({ kind }) => kind === 'ClusterRole');
  const rulesOf = createAggregation(clusterRoles);
  const cluster = clusterRoles.map(
    (resource): Role => ({
      kind: 'ClusterRole',
      name: resource.name,
      namespace: undefined,
      resource,
      rules: rulesOf(resource),
    }),
  );
  const local = resources
    .filter(({ kind }) => kind === 'Role')
    .map(
      (resource): Role => ({
        kind: 'Role',
        name: resource.name,
        namespace: resource.namespace ?? 'default',
        resource,
        rules: readRules(resource.field.at('rules')),
      }),
    );
  const builtIn = builtInRoles.map(
    ({ name, rules }): Role => ({
      kind: 'ClusterRole',
      name,
      namespace: undefined,
      resource: undefined,
      rules,
    }),
  );
  return [...builtIn, ...cluster, ...local];
}

/** A ClusterRole with an aggregationRule has the rules of those its selectors select, and theirs in turn; the API server overwrites its own. */
function createAggregation(clusterRoles: readonly Resource[]): (resource: Resource) => PolicyRule[] {
  const labelled = clusterRoles.map((resource) => ({
    resource,
    labels: readLabels(resource.field.at('metadata', 'labels')),
  }));
  const collect = (resource: Resource, seen: Set<Resource>): PolicyRule[] => {
    if (seen.has(resource)) return [];
    seen.add(resource);
    const selectors = resource.field.at('aggregationRule', 'clusterRoleSelectors').items().map(readSelector);
    if (selectors.length === 0) return readRules(resource.field.at('rules'));
    return labelled
      .filter(({ labels }) => selectors.some((selector) => selector.matches(labels)))
      .flatMap(({ resource: part }) => collect(part, seen));
  };
  return (resource) => collect(resource, new Set());
}

function readSubjects(binding: Resource): RoleSubject[] {
  return binding.field
    .at('subjects')
    .items()
    .flatMap((field): RoleSubject[] => {
      const kind = field.at('kind').text;
      if (kind !== 'User' && kind !== 'Group' && kind !== 'ServiceAccount') return [];
      const namespace =
        kind === 'ServiceAccount'
          ? (field.at('namespace').text ?? binding.namespace ?? 'default')
          : undefined;
      return [{ kind, name: field.at('name').text ?? '', namespace }];
    });
}

export function formatSubject({ kind, name, namespace }: RoleSubject): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
