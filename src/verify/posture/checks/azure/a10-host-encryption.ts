import type { AzureCheck } from '../check.ts';
import { demand, isTrue } from './demand.ts';

export const a10: AzureCheck = {
  id: 'A10',
  of: 'azure',
  title: 'Nodes without encryption at host',
  severity: 'medium',
  why: 'Temporary disks and caches of a node lie unencrypted on the machine that runs it.',
  fix: 'Turn encryption at host on for every node pool.',
  references: [],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster_node_pool" "gpu" {\n  name = "gpu"\n}\n',
    good: 'resource "azurerm_kubernetes_cluster_node_pool" "gpu" {\n  host_encryption_enabled = true\n}\n',
  },
  find: (deployment) =>
    deployment.all('nodePool').flatMap((nodePool) => [
      ...demand(nodePool, {
        setting: 'hostEncryption',
        isRight: isTrue,
        message: 'Encryption at host is off.',
      }),
    ]),
};
