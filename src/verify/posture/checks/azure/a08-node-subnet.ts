import { type AzureCheck, cisAks } from '../check.ts';
import { demand, isGiven } from './demand.ts';

export const a08: AzureCheck = {
  id: 'A08',
  of: 'azure',
  title: 'Nodes stand in no subnet of yours',
  severity: 'medium',
  why: 'AKS makes a network for them that no security group, flow log or firewall of yours covers.',
  fix: 'Put every node pool into a private subnet of your own network.',
  references: [cisAks('5.4.3')],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster_node_pool" "gpu" {\n  name = "gpu"\n}\n',
    good: 'resource "azurerm_kubernetes_cluster_node_pool" "gpu" {\n  vnet_subnet_id = azurerm_subnet.nodes.id\n}\n',
  },
  find: (deployment) =>
    deployment.all('nodePool').flatMap((nodePool) => [
      ...demand(nodePool, {
        setting: 'subnet',
        isRight: isGiven,
        message: 'No subnet is named for these nodes.',
      }),
    ]),
};
