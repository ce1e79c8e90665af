import type { AzureCheck } from '../check.ts';
import { demand } from './demand.ts';

export const a09: AzureCheck = {
  id: 'A09',
  of: 'azure',
  title: 'AKS reaches the Internet past the firewall',
  severity: 'medium',
  why: 'What runs in the cluster can send data anywhere, and nobody sees where to.',
  fix: 'Route what leaves the cluster through Azure Firewall: outbound type userDefinedRouting, with a route table on the subnet of the nodes.',
  references: [],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster" "main" {\n  network_profile { outbound_type = "loadBalancer" }\n}\n',
    good: 'resource "azurerm_kubernetes_cluster" "main" {\n  network_profile { outbound_type = "userDefinedRouting" }\n}\n',
  },
  find: (deployment) =>
    deployment.all('cluster').flatMap((cluster) => [
      ...demand(cluster, {
        setting: 'outboundType',
        isRight: (type) => type.is('userDefinedRouting', 'none', 'block'),
        message: 'Traffic leaves by an address of its own and not by a route through a firewall.',
      }),
    ]),
};
