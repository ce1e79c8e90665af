/** Where a property stands, with `|` between the names it had in versions of the provider or the API, the newest first; `!` where it says the opposite. */
export interface SettingPlaces {
  readonly terraform: string;
  readonly arm: string;
  /** What Azure does where nothing is said. */
  readonly otherwise?: unknown;
  /** The kind that a plain name in it names. */
  readonly names?: string;
}

export interface Kind {
  readonly terraform: readonly string[];
  readonly arm: readonly string[];
  /** Where it also stands within another kind. */
  readonly within?: {
    readonly kind: string;
    readonly terraform?: string;
    readonly arm: string;
    /** There its properties stand without `properties`. */
    readonly flat?: boolean;
  };
  readonly settings: Readonly<Record<string, SettingPlaces>>;
}

const at = (terraform: string, arm: string, otherwise?: unknown): SettingPlaces => ({
  terraform,
  arm,
  otherwise,
});

const cluster = {
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

const nodePool = {
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

const securityGroup = {
  terraform: ['azurerm_network_security_group'],
  arm: ['Microsoft.Network/networkSecurityGroups'],
  settings: {},
} as const satisfies Kind;

const securityRule = {
  terraform: ['azurerm_network_security_rule'],
  arm: ['Microsoft.Network/networkSecurityGroups/securityRules'],
  within: { kind: 'securityGroup', terraform: 'security_rule', arm: 'properties.securityRules' },
  settings: {
    group: { ...at('network_security_group_name', ''), names: 'securityGroup' },
    direction: at('direction', 'properties.direction'),
    access: at('access', 'properties.access'),
    priority: at('priority', 'properties.priority'),
    protocol: at('protocol', 'properties.protocol'),
    source: at('source_address_prefix', 'properties.sourceAddressPrefix'),
    sources: at('source_address_prefixes', 'properties.sourceAddressPrefixes'),
    sourcePort: at('source_port_range', 'properties.sourcePortRange'),
    sourcePorts: at('source_port_ranges', 'properties.sourcePortRanges'),
    destination: at('destination_address_prefix', 'properties.destinationAddressPrefix'),
    destinations: at('destination_address_prefixes', 'properties.destinationAddressPrefixes'),
    port: at('destination_port_range', 'properties.destinationPortRange'),
    ports: at('destination_port_ranges', 'properties.destinationPortRanges'),
  },
} as const satisfies Kind;

const network = {
  terraform: ['azurerm_virtual_network'],
  arm: ['Microsoft.Network/virtualNetworks'],
  settings: {},
} as const satisfies Kind;

const subnet = {
  terraform: ['azurerm_subnet'],
  arm: ['Microsoft.Network/virtualNetworks/subnets'],
  within: { kind: 'network', terraform: 'subnet', arm: 'properties.subnets' },
  settings: {
    name: at('name', 'name'),
    network: { ...at('virtual_network_name', ''), names: 'network' },
    group: at('security_group', 'properties.networkSecurityGroup.id'),
  },
} as const satisfies Kind;

const subnetAssociation = {
  terraform: ['azurerm_subnet_network_security_group_association'],
  arm: [],
  settings: {
    subnet: at('subnet_id', ''),
    group: at('network_security_group_id', ''),
  },
} as const satisfies Kind;

const flowLog = {
  terraform: ['azurerm_network_watcher_flow_log'],
  arm: ['Microsoft.Network/networkWatchers/flowLogs'],
  settings: {
    target: at('target_resource_id|network_security_group_id', 'properties.targetResourceId'),
    enabled: at('enabled', 'properties.enabled', false),
    retained: at('retention_policy.enabled', 'properties.retentionPolicy.enabled', false),
    days: at('retention_policy.days', 'properties.retentionPolicy.days', 0),
  },
} as const satisfies Kind;

const diagnosticSetting = {
  terraform: ['azurerm_monitor_diagnostic_setting'],
  arm: ['Microsoft.Insights/diagnosticSettings'],
  settings: { target: at('target_resource_id', 'scope') },
} as const satisfies Kind;

const diagnosticLog = {
  terraform: [],
  arm: [],
  within: { kind: 'diagnosticSetting', terraform: 'enabled_log|log', arm: 'properties.logs', flat: true },
  settings: {
    enabled: at('enabled', 'enabled', true),
    category: at('category', 'category'),
    group: at('category_group', 'categoryGroup'),
  },
} as const satisfies Kind;

const vault = {
  terraform: ['azurerm_key_vault'],
  arm: ['Microsoft.KeyVault/vaults'],
  settings: {
    publicNetwork: at('public_network_access_enabled', 'properties.publicNetworkAccess', true),
    defaultAction: at('network_acls.default_action', 'properties.networkAcls.defaultAction', 'Allow'),
    purgeProtection: at('purge_protection_enabled', 'properties.enablePurgeProtection', false),
    rbac: at(
      'rbac_authorization_enabled|enable_rbac_authorization',
      'properties.enableRbacAuthorization',
      false,
    ),
  },
} as const satisfies Kind;

const storage = {
  terraform: ['azurerm_storage_account'],
  arm: ['Microsoft.Storage/storageAccounts'],
  settings: {
    publicNetwork: at('public_network_access_enabled', 'properties.publicNetworkAccess', true),
    defaultAction: at('network_rules.default_action', 'properties.networkAcls.defaultAction', 'Allow'),
    httpsOnly: at(
      'https_traffic_only_enabled|enable_https_traffic_only',
      'properties.supportsHttpsTrafficOnly',
      true,
    ),
    minimumTls: at('min_tls_version', 'properties.minimumTlsVersion', 'TLS1_0'),
    publicBlobs: at(
      'allow_nested_items_to_be_public|allow_blob_public_access',
      'properties.allowBlobPublicAccess',
      true,
    ),
    sharedKey: at('shared_access_key_enabled', 'properties.allowSharedKeyAccess', true),
  },
} as const satisfies Kind;

const storageRules = {
  terraform: ['azurerm_storage_account_network_rules'],
  arm: [],
  settings: {
    account: at('storage_account_id', ''),
    defaultAction: at('default_action', ''),
  },
} as const satisfies Kind;

const registry = {
  terraform: ['azurerm_container_registry'],
  arm: ['Microsoft.ContainerRegistry/registries'],
  settings: {
    publicNetwork: at('public_network_access_enabled', 'properties.publicNetworkAccess', true),
    defaultAction: at('network_rule_set.default_action', 'properties.networkRuleSet.defaultAction', 'Allow'),
    sharedKey: at('admin_enabled', 'properties.adminUserEnabled', false),
    anonymousPull: at('anonymous_pull_enabled', 'properties.anonymousPullEnabled', false),
  },
} as const satisfies Kind;

const aiAccount = {
  terraform: ['azurerm_cognitive_account', 'azurerm_ai_services'],
  arm: ['Microsoft.CognitiveServices/accounts'],
  settings: {
    publicNetwork: at(
      'public_network_access_enabled|public_network_access',
      'properties.publicNetworkAccess',
      true,
    ),
    defaultAction: at('network_acls.default_action', 'properties.networkAcls.defaultAction', 'Allow'),
    sharedKey: at('local_auth_enabled|local_authentication_enabled', '!properties.disableLocalAuth', true),
    ownKey: at('customer_managed_key.key_vault_key_id', 'properties.encryption.keyVaultProperties.keyName'),
    outboundRestricted: at(
      'outbound_network_access_restricted',
      'properties.restrictOutboundNetworkAccess',
      false,
    ),
  },
} as const satisfies Kind;

const search = {
  terraform: ['azurerm_search_service'],
  arm: ['Microsoft.Search/searchServices'],
  settings: {
    publicNetwork: at('public_network_access_enabled', 'properties.publicNetworkAccess', true),
    sharedKey: at('local_authentication_enabled', '!properties.disableLocalAuth', true),
  },
} as const satisfies Kind;

const postgres = {
  terraform: ['azurerm_postgresql_flexible_server'],
  arm: ['Microsoft.DBforPostgreSQL/flexibleServers'],
  settings: {
    publicNetwork: at('public_network_access_enabled', 'properties.network.publicNetworkAccess', true),
    subnet: at('delegated_subnet_id', 'properties.network.delegatedSubnetResourceId'),
  },
} as const satisfies Kind;

const postgresConfiguration = {
  terraform: ['azurerm_postgresql_flexible_server_configuration'],
  arm: ['Microsoft.DBforPostgreSQL/flexibleServers/configurations'],
  settings: {
    name: at('name', 'name'),
    value: at('value', 'properties.value'),
  },
} as const satisfies Kind;

const postgresFirewall = {
  terraform: ['azurerm_postgresql_flexible_server_firewall_rule'],
  arm: ['Microsoft.DBforPostgreSQL/flexibleServers/firewallRules'],
  settings: {
    first: at('start_ip_address', 'properties.startIpAddress'),
    last: at('end_ip_address', 'properties.endIpAddress'),
  },
} as const satisfies Kind;

const redis = {
  terraform: ['azurerm_redis_cache'],
  arm: ['Microsoft.Cache/redis'],
  settings: {
    publicNetwork: at('public_network_access_enabled', 'properties.publicNetworkAccess', true),
    subnet: at('subnet_id', 'properties.subnetId'),
    plainPort: at('non_ssl_port_enabled|enable_non_ssl_port', 'properties.enableNonSslPort', false),
    minimumTls: at('minimum_tls_version', 'properties.minimumTlsVersion', '1.0'),
    sharedKey: at('access_keys_authentication_enabled', '!properties.disableAccessKeyAuthentication', true),
  },
} as const satisfies Kind;

/** What of Azure the checks know, and where each form says it. */
export const kinds = {
  cluster,
  nodePool,
  securityGroup,
  securityRule,
  network,
  subnet,
  subnetAssociation,
  flowLog,
  diagnosticSetting,
  diagnosticLog,
  vault,
  storage,
  storageRules,
  registry,
  aiAccount,
  search,
  postgres,
  postgresConfiguration,
  postgresFirewall,
  redis,
} as const;

export type KindName = keyof typeof kinds;
export type SettingName<Name extends KindName> = keyof (typeof kinds)[Name]['settings'] & string;

export const kindNames = Object.keys(kinds) as KindName[];

const byTerraform = new Map<string, KindName>(
  kindNames.flatMap((name) => kinds[name].terraform.map((type) => [type, name] as const)),
);
const byArm = new Map<string, KindName>(
  kindNames.flatMap((name) => kinds[name].arm.map((type) => [type.toLowerCase(), name] as const)),
);

export const terraformKind = (type: string): KindName | undefined => byTerraform.get(type);
/** Azure takes its types in any case. */
export const armKind = (type: string): KindName | undefined => byArm.get(type.toLowerCase());
