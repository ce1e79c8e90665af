import { type AzureCheck, cisAks } from '../check.ts';
import { demand, isFalse } from './demand.ts';

export const a07: AzureCheck = {
  id: 'A07',
  of: 'azure',
  title: 'Nodes have public addresses',
  severity: 'high',
  why: 'Every node is a machine on the Internet, its kubelet and whatever listens on it included.',
  fix: 'Turn public addresses of nodes off; let traffic in through a load balancer or gateway.',
  references: [cisAks('5.4.3')],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster_node_pool" "gpu" {\n  node_public_ip_enabled = true\n}\n',
    good: 'resource "azurerm_kubernetes_cluster_node_pool" "gpu" {\n  node_public_ip_enabled = false\n}\n',
  },
  find: (deployment) =>
    deployment.all('nodePool').flatMap((nodePool) => [
      ...demand(nodePool, {
        setting: 'publicAddress',
        isRight: isFalse,
        message: 'Nodes of this pool get public addresses.',
      }),
    ]),
};
