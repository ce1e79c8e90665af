import { type AzureCheck, cisAks } from '../check.ts';
import type { Setting } from '../../azure/setting.ts';
import { demand, isGiven } from './demand.ts';

const isOn = (setting: Setting): boolean => setting.is('Enabled');

export const a05: AzureCheck = {
  id: 'A05',
  of: 'azure',
  title: 'AKS keeps secrets and disks without a key of yours',
  severity: 'high',
  why: 'Secrets in etcd can be read by whoever gets at its storage or its backups, and disks with them; a key of yours can be taken away.',
  fix: 'Turn on KMS for etcd with a key of Key Vault, and give the cluster a disk encryption set.',
  references: [cisAks('5.3.1')],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster" "main" {\n  name = "ai"\n}\n',
    good: 'resource "azurerm_kubernetes_cluster" "main" {\n  disk_encryption_set_id = azurerm_disk_encryption_set.main.id\n  key_management_service { key_vault_key_id = azurerm_key_vault_key.etcd.id }\n}\n',
  },
  find: (deployment) =>
    deployment.all('cluster').flatMap((cluster) => [
      ...(isOn(cluster.get('etcdPlatformKey'))
        ? []
        : demand(cluster, {
            setting: 'etcdKey',
            isRight: isGiven,
            message: 'Secrets in etcd are not encrypted by a key management service.',
          })),
      ...demand(cluster, {
        setting: 'diskEncryptionSet',
        isRight: isGiven,
        message: 'There is no disk encryption set for the disks of nodes and volumes.',
      }),
    ]),
};
