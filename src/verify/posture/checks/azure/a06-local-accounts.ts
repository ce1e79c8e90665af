import { type AzureCheck, cisAks } from '../check.ts';
import { demand, isGiven, isTrue, isFalse } from './demand.ts';

export const a06: AzureCheck = {
  id: 'A06',
  of: 'azure',
  title: 'AKS can be entered without Entra ID',
  severity: 'high',
  why: 'A local account is a certificate that names nobody, that no policy of sign-in covers, and that is not revoked when somebody leaves.',
  fix: 'Disable local accounts, and let Entra ID and Azure RBAC say who may do what.',
  references: [cisAks('5.5.1'), cisAks('5.5.2')],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster" "main" {\n  name = "ai"\n}\n',
    good: 'resource "azurerm_kubernetes_cluster" "main" {\n  local_account_disabled = true\n  azure_active_directory_role_based_access_control { azure_rbac_enabled = true }\n}\n',
  },
  find: (deployment) =>
    deployment.all('cluster').flatMap((cluster) => [
      ...demand(cluster, { setting: 'localAccounts', isRight: isFalse, message: 'Local accounts are on.' }),
      ...demand(cluster, {
        setting: 'rbac',
        isRight: isTrue,
        message: 'RBAC of Kubernetes is off: everybody who gets in may do everything.',
        severity: 'critical',
      }),
      ...(cluster.get('entra').isGiven
        ? demand(cluster, {
            setting: 'azureRbac',
            isRight: isTrue,
            message: 'Azure RBAC does not decide who may do what in the cluster.',
            severity: 'medium',
          })
        : demand(cluster, {
            setting: 'entra',
            isRight: isGiven,
            message: 'Entra ID is not what people sign in with.',
          })),
    ]),
};
