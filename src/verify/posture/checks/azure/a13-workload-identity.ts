import { type AzureCheck, cisAks } from '../check.ts';
import { demand, isTrue } from './demand.ts';

export const a13: AzureCheck = {
  id: 'A13',
  of: 'azure',
  title: 'AKS without workload identity',
  severity: 'medium',
  why: 'Workloads then get at Azure with keys in Secrets, or with the identity of the node, which every Pod on it shares.',
  fix: 'Turn on the OIDC issuer and workload identity, and give each service account an identity of its own.',
  references: [cisAks('5.2.1')],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster" "main" {\n  oidc_issuer_enabled = true\n}\n',
    good: 'resource "azurerm_kubernetes_cluster" "main" {\n  oidc_issuer_enabled = true\n  workload_identity_enabled = true\n}\n',
  },
  find: (deployment) =>
    deployment.all('cluster').flatMap((cluster) => [
      ...demand(cluster, {
        setting: 'workloadIdentity',
        isRight: isTrue,
        message: 'Workload identity is off.',
      }),
    ]),
};
