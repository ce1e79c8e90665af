import { holdsAddress } from '../../network/addresses.ts';
import type { NetworkRule } from '../../network/policies.ts';
import { nsa, type FoundInCluster, type ClusterCheck } from '../check.ts';

const metadataAddress = '169.254.169.254';

export const n06: ClusterCheck = {
  id: 'N06',
  of: 'cluster',
  title: 'Reaches the metadata service of the node',
  severity: 'high',
  why: 'The address 169.254.169.254 gives the credentials of the node to whoever asks: one request of a tricked program is enough.',
  fix: 'Except 169.254.169.254/32 from the egress rules to address blocks.',
  references: [nsa('Network separation and hardening')],
  example: {
    bad: 'egress:\n  - to: [{ipBlock: {cidr: 0.0.0.0/0}}]\n',
    good: 'egress:\n  - to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]\n',
  },
  find: ({ reach }) => {
    const seen = new Set<NetworkRule>();
    return reach.endpoints.all.flatMap((endpoint) =>
      endpoint.onHost
        ? []
        : reach.outside(endpoint, 'egress').flatMap(({ block, rules }): FoundInCluster[] => {
            const [rule] = rules;
            // An open egress is N03's affair; here it is a rule that says too much.
            if (!rule || seen.has(rule) || !holdsAddress(block, metadataAddress)) return [];
            seen.add(rule);
            return [
              {
                resource: rule.policy.resource,
                path: rule.path,
                message: 'The rule lets its Pods reach 169.254.169.254, the metadata service of the node.',
              },
            ];
          }),
    );
  },
};
