import { holdsPort, resolvePorts, unitePorts } from '../../network/ports.ts';
import { nsa, type FoundInCluster, type ClusterCheck } from '../check.ts';

export const n07: ClusterCheck = {
  id: 'N07',
  of: 'cluster',
  title: 'Egress without DNS',
  severity: 'medium',
  why: 'Names cannot be looked up: the program fails in ways that look like anything but a policy.',
  fix: 'Let it reach the DNS of the cluster at UDP and TCP 53.',
  references: [nsa('Network separation and hardening')],
  example: {
    bad: 'policyTypes: [Egress]\negress:\n  - ports: [{port: 443}]\n',
    good: 'egress:\n  - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]\n    ports: [{port: 53, protocol: UDP}, {port: 53}]\n',
  },
  find: ({ reach }) =>
    reach.endpoints.all.flatMap((endpoint): FoundInCluster[] => {
      const policies = reach.closing(endpoint, 'egress');
      const rules = policies.flatMap((policy) =>
        policy.rules.filter(({ direction }) => direction === 'egress'),
      );
      // Closed altogether, it needs no names.
      if (endpoint.onHost || rules.length === 0) return [];
      const open = unitePorts(rules.map((rule) => resolvePorts(rule.ports, new Map())));
      const lacking = (['UDP', 'TCP'] as const).filter((protocol) => !holdsPort(open, protocol, 53));
      const [resource] = endpoint.resources;
      return lacking.length === 0 || !resource
        ? []
        : [
            {
              resource,
              path: resource.pod?.metadata.path ?? [],
              message: `Its egress rules do not let it reach DNS: ${lacking.join(' and ')} 53.`,
            },
          ];
    }),
};
