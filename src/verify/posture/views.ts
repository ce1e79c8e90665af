import type { Cluster } from './cluster.ts';
import type { Endpoint } from './network/endpoints.ts';
import { formatPorts } from './network/ports.ts';
import type { Reach } from './network/reach.ts';
import { formatSubject, type Grant } from './rbac/grants.ts';
import type { PolicyRule } from './rbac/rules.ts';

/** One row of `--reach`: who reaches whom, and at which ports. */
export interface ReachRow {
  readonly from: string;
  readonly to: string;
  readonly ports: string;
}

const openSender = 'every Pod whose egress is open';
const openReceiver = 'every Pod whose ingress is open';

/** `prod/agents`, by its workloads. */
function nameOf({ namespace, resources }: Endpoint): string {
  return `${namespace}/${[...new Set(resources.map(({ name }) => name))].join(',')}`;
}

/**
 * Who reaches whom. Pods that are open to everything are told of together, so that the rows grow with what the rules name and not with the
 * square of the Pods.
 */
export function reachRows({ reach }: Cluster): ReachRow[] {
  const { all } = reach.endpoints;
  const rows: ReachRow[] = [];
  const pair = (from: Endpoint, to: Endpoint): void => {
    const open = from === to ? undefined : reach.between(from, to);
    if (open) rows.push({ from: nameOf(from), to: nameOf(to), ports: formatPorts(open.ports) });
  };
  let senders = 0;
  let receivers = 0;
  for (const endpoint of all) {
    const mayEnter = reach.namedPeers(endpoint, 'ingress');
    for (const from of mayEnter ?? []) pair(from, endpoint);
    if (mayEnter === undefined) receivers += 1;
    const mayReach = reach.namedPeers(endpoint, 'egress');
    if (mayReach === undefined) senders += 1;
    // Pairs that both sides name stand there already.
    for (const to of mayReach ?? []) if (reach.namedPeers(to, 'ingress') === undefined) pair(endpoint, to);
  }
  if (senders > 0 && receivers > 0)
    rows.push({ from: openSender, to: openReceiver, ports: 'every port it opens' });
  return [...rows, ...all.flatMap((endpoint) => outsideRows(endpoint, reach))];
}

function outsideRows(endpoint: Endpoint, reach: Reach): ReachRow[] {
  return reach.outside(endpoint, 'egress').map(({ block, ports }) => ({
    from: nameOf(endpoint),
    to:
      block === undefined
        ? 'outside'
        : `outside ${block.cidr}${block.except.length > 0 ? ` except ${block.except.join(', ')}` : ''}`,
    ports: formatPorts(ports),
  }));
}

/** One row of `--rbac`: what a subject may do, where, and by which binding. */
export interface PermissionRow {
  readonly subject: string;
  readonly where: string;
  readonly may: string;
  readonly by: string;
}

/** What every subject may do, from all bindings; roles that are not among the manifests are named as such. */
export function permissionRows({ accessControl }: Cluster): PermissionRow[] {
  return accessControl.grants
    .flatMap((grant) =>
      grant.subjects.flatMap((subject) =>
        permissionsOf(grant).map((may) => ({
          subject: formatSubject(subject),
          where: grant.namespace ?? 'everywhere',
          may,
          by: `${grant.binding.kind} ${grant.binding.name}`,
        })),
      ),
    )
    .toSorted((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0));
}

function permissionsOf({ role, roleName }: Grant): string[] {
  return role
    ? role.rules.map(formatRule)
    : [`what the role ${roleName} permits, which is not among the manifests`];
}

function formatRule({ verbs, resources, groups, names, urls }: PolicyRule): string {
  const group = groups.filter((one) => one !== '').join(', ');
  const what = [
    ...resources.map((resource) => (group === '' ? resource : `${resource} (${group})`)),
    ...urls,
  ].join(', ');
  return `${verbs.join(', ')} ${what}${names.length > 0 ? ` named ${names.join(', ')}` : ''}`;
}
