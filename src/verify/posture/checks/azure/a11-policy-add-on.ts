import type { AzureCheck } from '../check.ts';
import { demand, isTrue } from './demand.ts';

export const a11: AzureCheck = {
  id: 'A11',
  of: 'azure',
  title: 'AKS without the Azure Policy add-on',
  severity: 'medium',
  why: 'Nothing refuses a Pod that breaks the rules of the organisation when it is created.',
  fix: 'Turn the Azure Policy add-on on, and assign the Pod security initiatives.',
  references: [],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster" "main" {\n  azure_policy_enabled = false\n}\n',
    good: 'resource "azurerm_kubernetes_cluster" "main" {\n  azure_policy_enabled = true\n}\n',
  },
  find: (deployment) =>
    deployment.all('cluster').flatMap((cluster) => [
      ...demand(cluster, {
        setting: 'policyAddOn',
        isRight: isTrue,
        message: 'The Azure Policy add-on is off.',
      }),
    ]),
};
