import type { AzureCheck } from '../check.ts';
import { demand, isGiven } from './demand.ts';

export const a12: AzureCheck = {
  id: 'A12',
  of: 'azure',
  title: 'AKS without Defender for Containers',
  severity: 'medium',
  why: 'Nobody watches what processes do at run time: a shell in a container, a miner, a stolen token.',
  fix: 'Turn Microsoft Defender on for the cluster, with a Log Analytics workspace; or let this stand where another sensor watches.',
  references: [],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster" "main" {\n  name = "ai"\n}\n',
    good: 'resource "azurerm_kubernetes_cluster" "main" {\n  microsoft_defender { log_analytics_workspace_id = azurerm_log_analytics_workspace.main.id }\n}\n',
  },
  find: (deployment) =>
    deployment.all('cluster').flatMap((cluster) => [
      ...demand(cluster, {
        setting: 'defender',
        isRight: isGiven,
        message: 'Microsoft Defender does not watch the cluster.',
      }),
    ]),
};
