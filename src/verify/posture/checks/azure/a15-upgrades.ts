import type { AzureCheck } from '../check.ts';
import { demand } from './demand.ts';

export const a15: AzureCheck = {
  id: 'A15',
  of: 'azure',
  title: 'AKS is not upgraded by itself',
  severity: 'medium',
  why: 'Versions with known flaws stay until somebody thinks of them.',
  fix: 'Name an upgrade channel (patch or stable) for the cluster, and one for the image of the nodes, with a maintenance window.',
  references: [],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster" "main" {\n  name = "ai"\n}\n',
    good: 'resource "azurerm_kubernetes_cluster" "main" {\n  automatic_upgrade_channel = "patch"\n  node_os_upgrade_channel = "NodeImage"\n}\n',
  },
  find: (deployment) =>
    deployment.all('cluster').flatMap((cluster) => [
      ...demand(cluster, {
        setting: 'upgradeChannel',
        isRight: (channel) => channel.is('patch', 'stable', 'rapid', 'node-image'),
        message: 'There is no upgrade channel.',
      }),
      ...demand(cluster, {
        setting: 'nodeImageChannel',
        isRight: (channel) => channel.is('NodeImage', 'SecurityPatch', 'Unmanaged'),
        message: 'The system of the nodes gets no security updates by itself.',
      }),
    ]),
};
