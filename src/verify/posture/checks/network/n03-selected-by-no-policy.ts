import { cis, type FoundInCluster, type ClusterCheck } from '../check.ts';

export const n03: ClusterCheck = {
  id: 'N03',
  of: 'cluster',
  title: 'No NetworkPolicy selects it',
  severity: 'high',
  why: 'Everything in the cluster reaches it, and it reaches everything.',
  fix: 'Write a NetworkPolicy that selects it, or one for the whole namespace that denies by default.',
  references: [cis('5.3.2')],
  example: {
    bad: 'kind: Deployment\nmetadata: {name: api, namespace: prod}\n',
    good: 'kind: NetworkPolicy\nspec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n',
  },
  find: ({ reach }) =>
    reach.endpoints.all.flatMap((endpoint): FoundInCluster[] => {
      const open = (['ingress', 'egress'] as const).filter(
        (direction) => reach.closing(endpoint, direction).length === 0,
      );
      if (endpoint.onHost || open.length === 0) return [];
      const message = `No NetworkPolicy closes ${open.join(' or ')} of its Pods.`;
      return endpoint.resources.map((resource) => ({
        resource,
        path: resource.pod?.metadata.path ?? [],
        message,
      }));
    }),
};
