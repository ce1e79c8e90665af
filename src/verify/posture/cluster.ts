import type { Resource } from './kubernetes/resource.ts';
import { computeReach, type Reach } from './network/reach.ts';
import { type AccessControl, readAccessControl } from './rbac/grants.ts';

/** All resources together, and what follows from them; worked out when it is first asked for. */
export interface Cluster {
  readonly resources: readonly Resource[];
  readonly reach: Reach;
  readonly accessControl: AccessControl;
  ofKind(kind: string, group?: string): readonly Resource[];
}

export function createCluster(resources: readonly Resource[]): Cluster {
  let reach: Reach | undefined;
  let accessControl: AccessControl | undefined;
  let byKind: Map<string, Resource[]> | undefined;
  return {
    resources,
    get reach() {
      reach ??= computeReach(resources);
      return reach;
    },
    get accessControl() {
      accessControl ??= readAccessControl(resources);
      return accessControl;
    },
    ofKind(kind, group) {
      byKind ??= Map.groupBy(resources, (resource) => resource.kind);
      const found = byKind.get(kind) ?? [];
      return group === undefined ? found : found.filter((resource) => resource.group === group);
    },
  };
}
