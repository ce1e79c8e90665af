import { nsa, type FoundInCluster, type ClusterCheck } from '../check.ts';

export const n08: ClusterCheck = {
  id: 'N08',
  of: 'cluster',
  title: 'A NetworkPolicy selects nothing',
  severity: 'low',
  why: 'It protects nobody: a label was renamed, or the workload is gone.',
  fix: 'Mend its podSelector, or remove it.',
  references: [nsa('Network separation and hardening')],
  example: {
    bad: 'spec:\n  podSelector: {matchLabels: {app: gone}}\n',
    good: 'spec:\n  podSelector: {matchLabels: {app: api}}\n',
  },
  find: ({ reach }) =>
    reach.policies
      .filter(({ namespace, podSelector }) => {
        // Of a namespace without Pods among the manifests nothing can be said.
        const isKnown = reach.endpoints.all.some((endpoint) => endpoint.namespace === namespace);
        return isKnown && reach.endpoints.inNamespace(namespace, podSelector).length === 0;
      })
      .map(
        ({ resource }): FoundInCluster => ({
          resource,
          path: ['spec', 'podSelector'],
          message: 'Its podSelector selects none of the Pods of its namespace.',
        }),
      ),
};
