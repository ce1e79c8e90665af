import { at, type Kind } from './kind.ts';

export const cluster = {
  terraform: ['azurerm_kubernetes_cluster'],
  arm: ['Microsoft.ContainerService/managedClusters'],
  settings: {
    isPrivate: at('private_cluster_enabled', 'properties.apiServerAccessProfile.enablePrivateCluster', false),
    authorizedRanges: at(
      'api_server_access_profile.authorized_ip_ranges|api_server_authorized_ip_ranges',
      'properties.apiServerAccessProfile.authorizedIPRanges',
    ),
    networkPolicy: at('network_profile.network_policy', 'properties.networkProfile.networkPolicy'),
    outboundType: at(
      'network_profile.outbound_type',
      'properties.networkProfile.outboundType',
      'loadBalancer',
    ),
    etcdKey: at(
      'key_management_service.key_vault_key_id',
      'properties.securityProfile.azureKeyVaultKms.enabled',
    ),
    etcdPlatformKey: at(
      '',
      'properties.securityProfile.kubernetesResourceObjectEncryptionProfile.infrastructureEncryption',
    ),
    diskEncryptionSet: at('disk_encryption_set_id', 'properties.diskEncryptionSetID'),
    localAccounts: at('!local_account_disabled', '!properties.disableLocalAccounts', true),
    rbac: at('role_based_access_control_enabled', 'properties.enableRBAC', true),
    entra: at('azure_active_directory_role_based_access_control', 'properties.aadProfile'),
    azureRbac: at(
      'azure_active_directory_role_based_access_control.azure_rbac_enabled',
      'properties.aadProfile.enableAzureRBAC',
      false,
    ),
    policyAddOn: at('azure_policy_enabled', 'properties.addonProfiles.azurepolicy.enabled', false),
    defender: at(
      'microsoft_defender.log_analytics_workspace_id',
      'properties.securityProfile.defender.securityMonitoring.enabled',
    ),
    workloadIdentity: at(
      'workload_identity_enabled',
      'properties.securityProfile.workloadIdentity.enabled',
      false,
    ),
    upgradeChannel: at(
      'automatic_upgrade_channel|automatic_channel_upgrade',
      'properties.autoUpgradeProfile.upgradeChannel',
      'none',
    ),
    nodeImageChannel: at(
      'node_os_upgrade_channel|node_os_channel_upgrade',
      'properties.autoUpgradeProfile.nodeOSUpgradeChannel',
      'NodeImage',
    ),
    imageCleaner: at('image_cleaner_enabled', 'properties.securityProfile.imageCleaner.enabled', false),
  },
} as const satisfies Kind;

export const nodePool = {
  terraform: ['azurerm_kubernetes_cluster_node_pool'],
  arm: ['Microsoft.ContainerService/managedClusters/agentPools'],
  within: {
    kind: 'cluster',
    terraform: 'default_node_pool',
    arm: 'properties.agentPoolProfiles',
    flat: true,
  },
  settings: {
    publicAddress: at('node_public_ip_enabled|enable_node_public_ip', 'properties.enableNodePublicIP', false),
    hostEncryption: at(
      'host_encryption_enabled|enable_host_encryption',
      'properties.enableEncryptionAtHost',
      false,
    ),
    subnet: at('vnet_subnet_id', 'properties.vnetSubnetID'),
  },
} as const satisfies Kind;
