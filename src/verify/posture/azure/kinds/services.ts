import { at, type Kind } from './kind.ts';

export const vault = {
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

export const storage = {
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

export const storageRules = {
  terraform: ['azurerm_storage_account_network_rules'],
  arm: [],
  settings: {
    account: at('storage_account_id', ''),
    defaultAction: at('default_action', ''),
  },
} as const satisfies Kind;

export const registry = {
  terraform: ['azurerm_container_registry'],
  arm: ['Microsoft.ContainerRegistry/registries'],
  settings: {
    publicNetwork: at('public_network_access_enabled', 'properties.publicNetworkAccess', true),
    defaultAction: at('network_rule_set.default_action', 'properties.networkRuleSet.defaultAction', 'Allow'),
    sharedKey: at('admin_enabled', 'properties.adminUserEnabled', false),
    anonymousPull: at('anonymous_pull_enabled', 'properties.anonymousPullEnabled', false),
  },
} as const satisfies Kind;

export const aiAccount = {
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

export const search = {
  terraform: ['azurerm_search_service'],
  arm: ['Microsoft.Search/searchServices'],
  settings: {
    publicNetwork: at('public_network_access_enabled', 'properties.publicNetworkAccess', true),
    sharedKey: at('local_authentication_enabled', '!properties.disableLocalAuth', true),
  },
} as const satisfies Kind;

export const postgres = {
  terraform: ['azurerm_postgresql_flexible_server'],
  arm: ['Microsoft.DBforPostgreSQL/flexibleServers'],
  settings: {
    publicNetwork: at('public_network_access_enabled', 'properties.network.publicNetworkAccess', true),
    subnet: at('delegated_subnet_id', 'properties.network.delegatedSubnetResourceId'),
  },
} as const satisfies Kind;

export const postgresConfiguration = {
  terraform: ['azurerm_postgresql_flexible_server_configuration'],
  arm: ['Microsoft.DBforPostgreSQL/flexibleServers/configurations'],
  settings: {
    name: at('name', 'name'),
    value: at('value', 'properties.value'),
  },
} as const satisfies Kind;

export const postgresFirewall = {
  terraform: ['azurerm_postgresql_flexible_server_firewall_rule'],
  arm: ['Microsoft.DBforPostgreSQL/flexibleServers/firewallRules'],
  settings: {
    first: at('start_ip_address', 'properties.startIpAddress'),
    last: at('end_ip_address', 'properties.endIpAddress'),
  },
} as const satisfies Kind;

export const redis = {
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
