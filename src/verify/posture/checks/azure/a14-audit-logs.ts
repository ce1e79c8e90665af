import { type AzureCheck, cisAks } from '../check.ts';
import type { Deployment } from '../../azure/deployment.ts';
import type { AzureResource } from '../../azure/resource.ts';

/** The clusters whose audit log some diagnostic setting keeps. */
function audited(deployment: Deployment): Set<AzureResource> {
  const found = new Set<AzureResource>();
  for (const log of deployment.all('diagnosticLog')) {
    const setting = log.parent as AzureResource<'diagnosticSetting'> | undefined;
    const isAudit =
      log.get('category').is('kube-audit', 'kube-audit-admin') || log.get('group').is('audit', 'allLogs');
    if (!setting || !isAudit || !log.get('enabled').isTrue) continue;
    const within = deployment.ownersOf(setting, 'cluster');
    for (const cluster of within.length > 0
      ? within
      : deployment.targetsOf(setting.get('target'), setting, 'cluster'))
      found.add(cluster);
  }
  return found;
}

export const a14: AzureCheck = {
  id: 'A14',
  of: 'azure',
  title: 'AKS keeps no audit log',
  severity: 'medium',
  why: 'Who read a secret or entered a container is written down nowhere.',
  fix: 'Add a diagnostic setting for the cluster that sends kube-audit-admin or kube-audit to a workspace or a storage account.',
  references: [cisAks('2.1.1')],
  example: {
    bad: 'resource "azurerm_monitor_diagnostic_setting" "aks" {\n  target_resource_id = azurerm_kubernetes_cluster.main.id\n  enabled_log { category = "cluster-autoscaler" }\n}\n',
    good: 'resource "azurerm_monitor_diagnostic_setting" "aks" {\n  target_resource_id = azurerm_kubernetes_cluster.main.id\n  enabled_log { category = "kube-audit-admin" }\n}\n',
  },
  find: (deployment) => {
    const found = audited(deployment);
    return deployment
      .all('cluster')
      .filter((cluster) => !found.has(cluster))
      .map((subject) => ({
        subject,
        path: subject.path,
        message: 'No diagnostic setting here keeps the audit log of its API server.',
      }));
  },
};
