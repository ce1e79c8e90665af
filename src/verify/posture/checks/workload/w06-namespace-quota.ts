import { nsa, type FoundInCluster, type ClusterCheck } from '../check.ts';

export const w06: ClusterCheck = {
  id: 'W06',
  of: 'cluster',
  title: 'A namespace without quota or defaults',
  severity: 'low',
  why: 'One workload takes what the others of the cluster need.',
  fix: 'Add a ResourceQuota and a LimitRange to the namespace.',
  references: [nsa('Resource policies')],
  example: {
    bad: 'kind: Namespace\nmetadata: {name: prod}\n',
    good: 'kind: ResourceQuota\nmetadata: {name: quota, namespace: prod}\n---\nkind: LimitRange\nmetadata: {name: limits, namespace: prod}\n',
  },
  find: (cluster) =>
    cluster.ofKind('Namespace', '').flatMap((resource): FoundInCluster[] => {
      const { name } = resource;
      if (name.startsWith('kube-')) return [];
      const lacking = ['ResourceQuota', 'LimitRange'].filter(
        (kind) => !cluster.ofKind(kind, '').some(({ namespace }) => namespace === name),
      );
      return lacking.length === 0
        ? []
        : [
            {
              resource,
              path: ['metadata', 'name'],
              message: `The namespace ${name} has no ${lacking.join(' and no ')}.`,
            },
          ];
    }),
};
