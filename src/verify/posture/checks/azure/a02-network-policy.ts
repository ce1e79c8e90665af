import { type AzureCheck, cisAks } from '../check.ts';
import { demand } from './demand.ts';

export const a02: AzureCheck = {
  id: 'A02',
  of: 'azure',
  title: 'AKS enforces no network policy',
  severity: 'high',
  why: 'Without an engine that enforces them, NetworkPolicies are accepted and ignored: every Pod reaches every other.',
  fix: 'Set the network policy to cilium, azure or calico.',
  references: [cisAks('5.4.4')],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster" "main" {\n  network_profile { network_plugin = "azure" }\n}\n',
    good: 'resource "azurerm_kubernetes_cluster" "main" {\n  network_profile {\n    network_plugin = "azure"\n    network_policy = "cilium"\n  }\n}\n',
  },
  find: (deployment) =>
    deployment.all('cluster').flatMap((cluster) => [
      ...demand(cluster, {
        setting: 'networkPolicy',
        isRight: (policy) => policy.is('cilium', 'azure', 'calico'),
        message: 'No network policy is enforced; name an engine.',
      }),
    ]),
};
