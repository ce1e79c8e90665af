import { nsa, type FoundInCluster, type ClusterCheck } from '../check.ts';

export const n05: ClusterCheck = {
  id: 'N05',
  of: 'cluster',
  title: 'A rule lets everybody in, or out to everywhere',
  severity: 'medium',
  why: 'An empty peer list, or the address block of the whole Internet, is no limit.',
  fix: 'Name the Pods, namespaces or address blocks that are meant.',
  references: [nsa('Network separation and hardening')],
  example: {
    bad: 'spec:\n  ingress:\n    - from: []\n',
    good: 'spec:\n  ingress:\n    - from: [{podSelector: {matchLabels: {app: web}}}]\n',
  },
  find: ({ reach }) =>
    reach.policies.flatMap(({ resource, rules }) =>
      rules.flatMap(({ peers, direction, path }): FoundInCluster[] => {
        const whom = direction === 'ingress' ? 'in from' : 'out to';
        if (peers === undefined)
          return [{ resource, path, message: `The rule lets everything ${whom} everywhere.` }];
        const everywhere = peers.some(
          ({ ipBlock }) => ipBlock?.cidr === '0.0.0.0/0' || ipBlock?.cidr === '::/0',
        );
        const narrowed = peers.some(({ ipBlock }) => (ipBlock?.except.length ?? 0) > 0);
        return everywhere && !(direction === 'egress' && narrowed)
          ? [{ resource, path, message: `The rule lets everything ${whom} every address.` }]
          : [];
      }),
    ),
};
